using Rel4.Abi;
using Rel4.Kernel;
using ThreadState = Rel4.Kernel.ThreadState;

namespace Rel4.Sim.Stories;

/// <summary>Is a thread of a story: what it does, and what is true of it.</summary>
internal sealed unsafe partial class StoryThread : StoryObject
{
    private readonly int _cspaceBits;
    private ulong _nextSlot = 1;

    internal StoryThread(World world, string name, CPtr original, CPtr cspace, int cspaceBits)
        : base(world, name, original)
    {
        Tcb = Slot->Cap.Thread;
        CSpace = cspace;
        _cspaceBits = cspaceBits;
    }

    public Tcb* Tcb { get; }

    /// <summary>Gets the CNode that is its CSpace, as the root task names it.</summary>
    public CPtr CSpace { get; }

    /// <summary>Gets the guard that lets its CNode use up all bits of an address, so that slot numbers are addresses.</summary>
    public ulong CSpaceData => new CNodeCapData(0, Limits.WordBits - _cspaceBits).Raw;

    public ThreadState State => Tcb->State;

    /// <summary>Gets its IPC buffer; null if it has none.</summary>
    public IpcBuffer* Buffer => Kernel.Message.Buffer(Tcb, CapRights.None);

    /// <summary>Lets the root task put a capability into the next free slot of its CSpace.</summary>
    /// <param name="badge">A badge, or a CNode's guard; 0 for a plain copy.</param>
    public CPtr Given(CPtr original, CapRights rights = CapRights.All, ulong badge = 0)
    {
        CPtr slot = FreeSlot();
        StoryThread root = World.Root;
        InvocationResult result = badge == 0
            ? root.CNodeCopy(CSpace, slot, (ulong)_cspaceBits, RootSlot.CNode, original, Limits.WordBits, rights)
            : root.CNodeMint(CSpace, slot, (ulong)_cspaceBits, RootSlot.CNode, original, Limits.WordBits, rights, badge);
        result.Ok();
        return slot;
    }

    /// <summary>Lets the root task give it a capability to its own CNode, through which slot numbers are addresses of 64 bits.</summary>
    public CPtr GivenOwnCSpace() => Given(CSpace, CapRights.All, CSpaceData);

    /// <summary>Gets a slot of its CSpace that nothing was put in yet.</summary>
    public CPtr FreeSlot() => this == World.Root ? World.FreeSlot() : _nextSlot++;

    /// <summary>Finds a slot of its CSpace.</summary>
    public Slot* SlotAt(CPtr slot) => Tcb->CSpaceRoot.Cap.Slots + slot.Value;

    /// <summary>Lets the root task name the endpoint that its faults go to.</summary>
    public void FaultsTo(CPtr handler) => World.Root.TcbSetSpace(this, handler, CSpace, CSpaceData, RootSlot.VSpace, 0).Ok();

    /// <summary>Lets the root task take its IPC buffer away.</summary>
    public void LosesBuffer() => World.Root.TcbSetIpcBuffer(this, 0, CPtr.Null).Ok();

    /// <summary>Names the slot that capabilities sent to it go to.</summary>
    public void ReceivesCapsAt(CPtr root, CPtr slot, ulong depth = Limits.WordBits)
    {
        Buffer->ReceiveCNode = root.Value;
        Buffer->ReceiveIndex = slot.Value;
        Buffer->ReceiveDepth = depth;
    }
}
