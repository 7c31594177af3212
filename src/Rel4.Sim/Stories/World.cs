using System.Globalization;
using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Sim.Stories;

/// <summary>Is a simulated machine whose root task sets up what a story needs, by nothing but system calls.</summary>
/// <remarks>
/// Threads act when the story says so, whatever their priorities; who runs by the scheduler's decision is <see cref="Running"/>. The root
/// thread keeps the first capability to all that it makes.
/// </remarks>
internal sealed unsafe class World : IDisposable
{
    private const ulong FirstBufferAddress = 0x1000_0000;
    private const ulong FirstInstruction = 0x40_0000;

    private readonly History _history = new();
    private readonly List<StoryThread> _threads = [];
    private ulong _nextSlot;
    private int _named;

    /// <summary>Boots a machine, by default a small one: tests look at all of its memory.</summary>
    public World(SimOptions? options = null)
    {
        options ??= new SimOptions(MemoryBits: 19, RootCNodeBits: 8, Senders: 32);
        Kernel = new SimKernel(options);
        var information = (BootInfo*)Kernel.RootCNode[RootSlot.BootInfoFrame].Cap.Address;
        _nextSlot = information->Empty.Start;
        Root = new StoryThread(this, "root", RootSlot.Tcb, RootSlot.CNode, Limits.WordBits);
        _threads.Add(Root);
        Memory = Largest(information);
    }

    public SimKernel Kernel { get; }

    /// <summary>Gets the root task's thread, which may do everything.</summary>
    public StoryThread Root { get; }

    /// <summary>Gets the untyped memory that objects are made of.</summary>
    public CPtr Memory { get; }

    /// <summary>Gets the thread that the scheduler chose; null if none can run.</summary>
    public StoryThread? Running => _threads.Find(thread => thread.Tcb == Kernel.State->Current);

    /// <summary>Makes a thread with a CSpace of its own, whose address 0 stays empty, and an IPC buffer, and lets it run.</summary>
    public StoryThread Thread(string name, int priority = 100, int cspaceBits = 6)
    {
        StoryObject cspace = Make(ObjectType.CapTable, cspaceBits, $"{name}'s CSpace");
        StoryObject frame = Make(ObjectType.Page4K, 0, $"{name}'s buffer");
        StoryObject tcb = Make(ObjectType.Tcb, 0, name);
        var thread = new StoryThread(this, name, tcb, cspace, cspaceBits);
        ulong number = (ulong)_threads.Count;
        _threads.Add(thread);
        ulong buffer = FirstBufferAddress + (number << Limits.PageBits);
        Root.TcbConfigure(thread, CPtr.Null, cspace, thread.CSpaceData, RootSlot.VSpace, 0, buffer, frame).Ok();
        Root.TcbSetSchedParams(thread, RootSlot.Tcb, (ulong)priority, (ulong)priority).Ok();
        Root.TcbWriteRegisters(thread, TcbMethods.Resume, FirstInstruction + (number << 16)).Ok();
        return thread;
    }

    public StoryObject Endpoint(string? name = null) => Make(ObjectType.Endpoint, 0, name ?? NewName("endpoint"));

    public StoryObject Notification(string? name = null) => Make(ObjectType.Notification, 0, name ?? NewName("notification"));

    public StoryObject CNode(int bits, string? name = null) => Make(ObjectType.CapTable, bits, name ?? NewName("CNode"));

    public StoryObject Untyped(int bits, string? name = null) => Make(ObjectType.Untyped, bits, name ?? NewName("untyped"));

    public StoryObject Frame(string? name = null) => Make(ObjectType.Page4K, 0, name ?? NewName("frame"));

    /// <summary>Makes an object out of <see cref="Memory"/>.</summary>
    public StoryObject Make(ObjectType type, int sizeBits, string name)
    {
        CPtr slot = FreeSlot();
        Root.UntypedRetype(Memory, type, (ulong)sizeBits, RootSlot.CNode, 0, 0, slot.Value, 1).Ok();
        return new StoryObject(this, name, slot);
    }

    /// <summary>Names an object that the root task holds a capability to already.</summary>
    public StoryObject Existing(CPtr slot, string name) => new(this, name, slot);

    /// <summary>Gets a slot of the root task's CSpace that nothing was put in yet.</summary>
    public CPtr FreeSlot() => _nextSlot++;

    /// <summary>Finds a slot of the root task's CSpace.</summary>
    public Slot* SlotOf(CPtr slot) => Kernel.RootCNode + slot.Value;

    /// <summary>Makes sure that a thread runs by the scheduler's decision.</summary>
    public void Runs(StoryThread? expected)
    {
        if (Kernel.State->Current != (expected == null ? null : expected.Tcb))
            throw Failure($"{Running?.Name ?? "nobody"} runs, expected {expected?.Name ?? "nobody"}");
    }

    public void Tick()
    {
        Kernel.Tick();
        Note($"tick; then {Running?.Name ?? "nobody"} runs");
    }

    /// <summary>Makes sure that the kernel's invariants hold.</summary>
    public void Check()
    {
        IReadOnlyList<string> violations = Invariants.Find(Kernel);
        if (violations.Count != 0)
            throw Failure(new InvariantException(violations).Message);
    }

    /// <summary>Takes note of what happened, for whoever has to understand a failure.</summary>
    public void Note(string line) => _history.Add(line);

    public StoryException Failure(string message) => new(message, _history.ToString());

    public void Dispose() => Kernel.Dispose();

    private static CPtr Largest(BootInfo* information)
    {
        var descriptions = (UntypedDescription*)(information + 1);
        ulong count = information->Untyped.End - information->Untyped.Start, best = 0;
        for (ulong i = 1; i < count; i++)
        {
            if (descriptions[i].SizeBits > descriptions[best].SizeBits)
                best = i;
        }

        return information->Untyped.Start + best;
    }

    private string NewName(string kind) => string.Create(CultureInfo.InvariantCulture, $"{kind} {++_named}");
}
