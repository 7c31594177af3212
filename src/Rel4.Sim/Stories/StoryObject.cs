namespace Rel4.Sim.Stories;

/// <summary>Is a kernel object that the root task has made and keeps the first capability to.</summary>
internal unsafe class StoryObject
{
    internal StoryObject(World world, string name, CPtr original)
    {
        World = world;
        Name = name;
        Original = original;
    }

    public World World { get; }

    public string Name { get; }

    /// <summary>Gets the first capability, in the root task's CSpace.</summary>
    public CPtr Original { get; }

    /// <summary>Gets the slot of the first capability.</summary>
    public Kernel.Slot* Slot => World.SlotOf(Original);

    /// <summary>Gets where the object lies.</summary>
    public void* Address => Slot->Cap.Address;

    /// <summary>Lets an object stand for the root task's capability to it.</summary>
    public static implicit operator CPtr(StoryObject story) => story.Original;

    public override string ToString() => Name;
}
