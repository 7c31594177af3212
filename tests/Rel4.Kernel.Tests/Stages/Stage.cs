namespace Rel4.Kernel.Tests;

/// <summary>Is a world with one object of each kind, for invocations to be tried on.</summary>
internal sealed unsafe class Stage : IDisposable
{
    public Stage()
    {
        World = new World();
        Target = World.Thread("target");
        Endpoint = World.Endpoint();
        Notification = World.Notification();
        Untyped = World.Untyped(12);
        Node = World.CNode(4);
        Frame = World.Frame();
        Empty = World.FreeSlot();
    }

    public World World { get; }

    public StoryThread Root => World.Root;

    /// <summary>Gets the root task's CSpace, in which slot numbers are addresses of 64 bits.</summary>
    public CPtr CSpace => RootSlot.CNode;

    public StoryThread Target { get; }

    public StoryObject Endpoint { get; }

    public StoryObject Notification { get; }

    /// <summary>Gets untyped memory of 4 KiB, unused.</summary>
    public StoryObject Untyped { get; }

    /// <summary>Gets an empty CNode of 16 slots, without a guard.</summary>
    public StoryObject Node { get; }

    public StoryObject Frame { get; }

    /// <summary>Gets an empty slot of the root task's CSpace.</summary>
    public CPtr Empty { get; }

    /// <summary>Gets an address that no guard of the root task's CSpace allows.</summary>
    public CPtr Astray => 1UL << 60;

    /// <summary>Makes an address space without an ASID. Sim gives each one, so this cannot be done by a system call.</summary>
    public StoryObject Unassigned()
    {
        StoryObject space = World.Make(ObjectType.Pml4, 0, "space");
        SimKernel.SetAssigned(space.Address, isAssigned: false);
        return space;
    }

    /// <summary>Makes an attempt of the root thread's.</summary>
    public Attempt Try(CPtr service, InvocationLabel label, ReadOnlySpan<ulong> words = default, params ReadOnlySpan<CPtr> caps) =>
        new(Root, service, label, words.ToArray(), caps.ToArray());

    public void Dispose() => World.Dispose();
}

/// <summary>Is an invocation about to be made.</summary>
internal sealed record Attempt(StoryThread Caller, CPtr Service, InvocationLabel Label, ulong[] Words, CPtr[] Caps)
{
    /// <summary>Makes it, and sees that the specification does the same.</summary>
    public InvocationResult Make() => SpecTwin.Make(this);
}
