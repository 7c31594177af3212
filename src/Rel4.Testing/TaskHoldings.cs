using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Testing;

/// <summary>What the supervisor holds of one task: all that it is made of comes from one untyped of its own.</summary>
internal sealed class TaskHoldings
{
    /// <summary>Log2 of the slots of a task's CNode.</summary>
    public const int CNodeBits = 12;

    /// <summary>Log2 of the memory that its runtime makes channels from, 2 MiB for each.</summary>
    public const int RuntimeMemoryBits = 24;

    // The highest quarter is the runtime's; grants begin at the lowest free one.
    private const ulong FirstRuntimeSlot = 3UL << (CNodeBits - 2), RuntimeMemorySlot = FirstRuntimeSlot - 1;

    private readonly ulong _untyped;
    private readonly ulong _cNode;
    private readonly ulong _vSpace;
    private readonly ulong _frame;

    private TaskHoldings(ulong untyped, ulong cNode, ulong vSpace, ulong frame, ulong tcb) =>
        (_untyped, _cNode, _vSpace, _frame, Tcb) = (untyped, cNode, vSpace, frame, tcb);

    /// <summary>Gets the slot of the task's first thread.</summary>
    public ulong Tcb { get; }

    /// <summary>Gets what the task's own runtime is told.</summary>
    public static RuntimeHoldings OfRuntime { get; } = new(
        new CNodeCap(TaskSlots.CNode), TaskSlots.Guard(CNodeBits), new VSpaceCap(TaskSlots.VSpace), new UntypedCap(RuntimeMemorySlot), RuntimeMemoryBits,
        FirstRuntimeSlot, 1UL << CNodeBits);

    private CNodeCap Inside => new(_cNode, CNodeBits);

    private static CNodeCap Root => new(RootSlot.CNode);

    /// <summary>Takes memory and slots for a task.</summary>
    public static TaskHoldings Take(SupervisorHoldings supervisor) => new(
        supervisor.Make(ObjectType.Untyped, RuntimeMemoryBits + 1), supervisor.TakeSlot(), supervisor.TakeSlot(), supervisor.TakeSlot(), supervisor.TakeSlot());

    /// <summary>Makes the task.</summary>
    public void Create()
    {
        var untyped = new UntypedCap(_untyped);
        untyped.Retype(ObjectType.CapTable, Root[_cNode], CNodeBits);
        untyped.Retype(ObjectType.Pml4, Root[_vSpace]);
        untyped.Retype(ObjectType.Page4K, Root[_frame]);
        untyped.Retype(ObjectType.Tcb, Root[Tcb]);
        Give(Tcb, TaskSlots.Tcb, CapRights.All, 0);
        Give(_cNode, TaskSlots.CNode, CapRights.All, TaskSlots.Guard(CNodeBits).Raw);
        Give(_vSpace, TaskSlots.VSpace, CapRights.All, 0);
        untyped.Retype(ObjectType.Untyped, Inside[RuntimeMemorySlot], RuntimeMemoryBits);
        var thread = new TcbCap(Tcb);
        thread.Configure(new CNodeCap(_cNode), new VSpaceCap(_vSpace), 1 << Limits.PageBits, new FrameCap(_frame), guard: TaskSlots.Guard(CNodeBits));
        thread.Resume();
    }

    /// <summary>Gives the task a capability.</summary>
    public void Give(ulong source, ulong destination, CapRights rights, ulong badge) => Inside.Mint(Root[source], destination, rights, badge);

    /// <summary>Destroys the task. It can be made again.</summary>
    public void Clear() => Root.Revoke(_untyped);
}
