using static Rel4.Abi.InvocationLabel;

namespace Rel4.Kernel.Tests;

/// <summary>Holds an invocation that succeeds for each method of the core, and a second where one can't show all arguments.</summary>
internal static unsafe class MethodCases
{
    private const ulong FaultHandler = 41, BufferAddress = 0x2000_0400, Index = 3, Depth = 4;

    private static readonly ulong s_guard11 = new CNodeCapData(0, 11).Raw, s_guard22 = new CNodeCapData(0, 22).Raw;

    public static Dictionary<string, MethodCase> All { get; } =
        OfMemory().Concat(OfRegisters()).Concat(OfSpaces()).Concat(OfThreads()).Concat(OfCNodes()).ToDictionary(
            entry => entry.Name is "" ? entry.Case.Method.Function : $"{entry.Case.Method.Function}, {entry.Name}", entry => entry.Case);

    public static TheoryData<string> Names => [.. All.Keys];

    private static (string Name, MethodCase Case)[] OfMemory() =>
    [
        ("", new(
            UntypedRetype, s => s.Untyped,
            s =>
            [
                ("type", (ulong)ObjectType.CapTable), ("size_bits", 2), ("root", Value(s.CSpace)), ("node_index", Value(s.Node)), ("node_depth", 64),
                ("node_offset", 5), ("num_objects", 3),
            ],
            (s, _) =>
            {
                for (int i = 0; i < 16; i++)
                    Assert.Equal(i is >= 5 and < 8 ? (CapType.CNode, 2) : (CapType.Null, 0), (InNode(s, i).Type, InNode(s, i).Bits));
            })),
    ];

    private static (string Name, MethodCase Case)[] OfRegisters() =>
    [
        ("", new(
            TcbReadRegisters, s => s.Target, _ => [("suspend_source", 1), ("arch_flags", 0), ("count", 5)],
            (s, result) =>
            {
                s.Target.Is(ThreadState.Inactive);
                Assert.Equal(5, result.Words.Length);
            })),
        ("", new(
            TcbWriteRegisters, Suspended,
            _ => [("resume_target", 1), ("arch_flags", 0), ("count", 2), ("regs.0", 0x111), ("regs.1", 0x222), ("regs.2", 0x333)],
            (s, _) =>
            {
                s.Target.Is(ThreadState.Restart);
                Assert.Equal((0x111UL, 0x222UL, 0x202UL), (s.Target.Tcb->FaultIP, s.Target.Tcb->Context.Rsp, s.Target.Tcb->Context.Rflags));
            })),
        ("the frame, and suspends", new(
            TcbCopyRegisters, Suspended,
            s =>
            [
                ("source", Source(s)), ("suspend_source", 1), ("resume_target", 0), ("transfer_frame", 1), ("transfer_integer", 0), ("arch_flags", 0),
            ],
            (s, _) =>
            {
                s.Target.Is(ThreadState.Inactive);
                Assert.Equal((71UL, 0UL, ThreadState.Inactive), (s.Target.Tcb->Context.Rbx, s.Target.Tcb->Context.FsBase, StateOfSource(s)));
            })),
        ("the integers, and resumes", new(
            TcbCopyRegisters, Suspended,
            s =>
            [
                ("source", Source(s)), ("suspend_source", 0), ("resume_target", 1), ("transfer_frame", 0), ("transfer_integer", 1), ("arch_flags", 0),
            ],
            (s, _) =>
            {
                s.Target.Is(ThreadState.Restart);
                Assert.Equal((0UL, 72UL, ThreadState.Restart), (s.Target.Tcb->Context.Rbx, s.Target.Tcb->Context.FsBase, StateOfSource(s)));
            })),
    ];

    private static (string Name, MethodCase Case)[] OfSpaces() =>
    [
        ("", new(
            TcbConfigure, s => s.Target,
            s =>
            [
                ("fault_ep", FaultHandler), ("cspace_root", Value(s.Node)), ("cspace_root_data", s_guard11), ("vspace_root", Space(s)),
                ("vspace_root_data", s_guard22), ("buffer", BufferAddress), ("bufferFrame", Value(s.Frame)),
            ],
            (s, _) =>
            {
                HasSpaces(s);
                HasBuffer(s);
            })),
        ("", new(
            TcbSetSpace, s => s.Target,
            s =>
            [
                ("fault_ep", FaultHandler), ("cspace_root", Value(s.Node)), ("cspace_root_data", s_guard11), ("vspace_root", Space(s)),
                ("vspace_root_data", s_guard22),
            ],
            (s, _) => HasSpaces(s))),
        ("", new(
            TcbSetIpcBuffer, s => s.Target, s => [("buffer", BufferAddress), ("bufferFrame", Value(s.Frame))], (s, _) => HasBuffer(s))),
    ];

    private static (string Name, MethodCase Case)[] OfThreads() =>
    [
        ("", new(
            TcbSetPriority, s => s.Target, s => [("authority", Value(s.Root)), ("priority", 77)], (s, _) => HasPriorities(s, 77, 100))),
        ("", new(
            TcbSetMCPriority, s => s.Target, s => [("authority", Value(s.Root)), ("mcp", 78)], (s, _) => HasPriorities(s, 100, 78))),
        ("", new(
            TcbSetSchedParams, s => s.Target, s => [("authority", Value(s.Root)), ("mcp", 78), ("priority", 77)],
            (s, _) => HasPriorities(s, 77, 78))),
        ("", new(TcbSuspend, s => s.Target, _ => [], (s, _) => s.Target.Is(ThreadState.Inactive))),
        ("", new(TcbResume, Suspended, _ => [], (s, _) => s.Target.Is(ThreadState.Restart))),
        ("", new(
            TcbBindNotification, s => s.Target, s => [("notification", Value(s.Notification))],
            (s, _) => Assert.Equal((nint)s.Notification.Address, (nint)s.Target.Tcb->BoundNotification))),
        ("", new(
            TcbUnbindNotification,
            s =>
            {
                s.Root.TcbBindNotification(s.Target, s.Notification).Ok();
                return s.Target;
            },
            _ => [], (s, _) => Assert.True(s.Target.Tcb->BoundNotification == null))),
        ("", new(
            TcbSetTlsBase, s => s.Target, _ => [("tls_base", 0x7000)], (s, _) => Assert.Equal(0x7000UL, s.Target.Tcb->Context.FsBase))),
        ("sets", new(
            TcbSetFlags, s => s.Target, _ => [("clear", 1), ("set", 3)], (s, result) => HasFlags(s, TcbFlags.FpuDisabled, result))),
        ("clears", new(
            TcbSetFlags,
            s =>
            {
                s.Root.TcbSetFlags(s.Target, 0, 1).Ok();
                return s.Target;
            },
            _ => [("clear", 1), ("set", 0)], (s, result) => HasFlags(s, TcbFlags.None, result))),
    ];

    private static (string Name, MethodCase Case)[] OfCNodes() =>
    [
        ("", new(
            CNodeRevoke,
            s =>
            {
                s.Root.Given(s.Endpoint);
                return s.CSpace;
            },
            s => [("index", Value(s.Endpoint)), ("depth", 64)], (s, _) => Assert.False(DerivationTree.HasChildren(s.Endpoint.Slot)))),
        ("", new(
            CNodeDelete, s => s.CSpace, s => [("index", Value(s.Endpoint)), ("depth", 64)], (s, _) => Assert.True(s.Endpoint.Slot->IsEmpty))),
        ("", new(
            CNodeCancelBadgedSends,
            s =>
            {
                s.Target.Send(s.Target.Given(s.Endpoint, badge: 9));
                return s.CSpace;
            },
            s => [("index", Value(s.Root.Given(s.Endpoint, badge: 9))), ("depth", 64)], (s, _) => s.Target.Is(ThreadState.Restart))),
        ("", new(
            CNodeSaveCaller,
            s =>
            {
                s.Target.Call(s.Target.Given(s.Endpoint));
                s.Root.Recv(s.Endpoint);
                return s.Node;
            },
            _ => [("index", Index), ("depth", Depth)], (s, _) => Assert.Equal(CapType.Reply, InNode(s).Type))),
        ("", new(
            CNodeCopy, s => s.Node, s => [.. FromTo(s, s.Notification), ("rights", (ulong)CapRights.Read)],
            (s, _) => Assert.Equal((CapType.Notification, CapRights.Read, 0UL), (InNode(s).Type, InNode(s).Rights, InNode(s).Badge)))),
        ("", new(
            CNodeMint, s => s.Node, s => [.. FromTo(s, s.Notification), ("rights", (ulong)CapRights.Write), ("badge", 13)],
            (s, _) => Assert.Equal((CapType.Notification, CapRights.Write, 13UL), (InNode(s).Type, InNode(s).Rights, InNode(s).Badge)))),
        ("", new(
            CNodeMove, s => s.Node, s => FromTo(s, s.Notification),
            (s, _) => Assert.Equal((CapType.Notification, true), (InNode(s).Type, s.Notification.Slot->IsEmpty)))),
        ("", new(
            CNodeMutate, s => s.Node, s => [.. FromTo(s, s.World.CNode(2)), ("badge", s_guard11)],
            (s, _) => Assert.Equal((CapType.CNode, 2, 11), (InNode(s).Type, InNode(s).Bits, InNode(s).Guard.GuardSize)))),
        ("", new(
            CNodeRotate, s => s.Node,
            s =>
            {
                StoryObject pivot = s.World.CNode(1), source = s.World.CNode(2), sources = s.World.CNode(3);
                s.Root.CNodeMove(sources, 6, 3, s.CSpace, source, 64).Ok();
                return
                [
                    ("dest_index", Index), ("dest_depth", Depth), ("dest_badge", s_guard11), ("pivot_root", Value(s.CSpace)),
                    ("pivot_index", Value(pivot)), ("pivot_depth", 64), ("pivot_badge", s_guard22), ("src_root", Value(sources)),
                    ("src_index", 6), ("src_depth", 3),
                ];
            },
            (s, _) =>
            {
                Assert.Equal((CapType.CNode, 1, 11), (InNode(s).Type, InNode(s).Bits, InNode(s).Guard.GuardSize));
                Capability onPivot = s.World.SlotOf(s.Empty.Value + 1)->Cap;
                Assert.Equal((CapType.CNode, 2, 22), (onPivot.Type, onPivot.Bits, onPivot.Guard.GuardSize));
            })),
    ];

    private static (string Name, ulong Value)[] FromTo(Stage s, CPtr source) =>
    [
        ("dest_index", Index), ("dest_depth", Depth), ("src_root", Value(s.CSpace)), ("src_index", source.Value), ("src_depth", 64),
    ];

    private static ulong Value(CPtr cap) => cap.Value;

    private static Capability InNode(Stage s, int index = (int)Index) => ((Slot*)s.Node.Address)[index].Cap;

    private static CPtr Suspended(Stage s)
    {
        s.Root.TcbSuspend(s.Target).Ok();
        return s.Target;
    }

    /// <summary>Makes a thread whose registers differ from the target's.</summary>
    private static ulong Source(Stage s)
    {
        StoryThread source = s.World.Thread("source");
        source.Tcb->Context.Rbx = 71;
        source.Tcb->Context.FsBase = 72;
        s.Target.Tcb->MachineData = (ulong)source.Tcb;
        return Value(source);
    }

    private static ThreadState StateOfSource(Stage s) => ((Tcb*)s.Target.Tcb->MachineData)->State;

    private static ulong Space(Stage s)
    {
        StoryObject space = s.World.Make(ObjectType.Pml4, 0, "space");
        s.Target.Tcb->MachineData = (ulong)space.Address;
        return Value(space);
    }

    private static void HasSpaces(Stage s)
    {
        Capability cspace = s.Target.Tcb->CSpaceRoot.Cap;
        Assert.Equal(FaultHandler, s.Target.Tcb->FaultHandler);
        Assert.Equal(((nint)s.Node.Address, 11), ((nint)cspace.Address, cspace.Guard.GuardSize));
        Assert.Equal((nint)s.Target.Tcb->MachineData, (nint)s.Target.Tcb->VSpaceRoot.Cap.Address);
    }

    private static void HasBuffer(Stage s) => Assert.Equal(
        ((nint)s.Frame.Address, BufferAddress), ((nint)s.Target.Tcb->IpcBufferFrame.Cap.Address, s.Target.Tcb->IpcBufferAddress));

    private static void HasFlags(Stage s, TcbFlags flags, InvocationResult result)
    {
        Assert.Equal(flags, s.Target.Tcb->Flags);
        result.Is(SeL4Error.NoError, (ulong)flags);
    }

    private static void HasPriorities(Stage s, int priority, int maxControlled) =>
        Assert.Equal((priority, maxControlled), (s.Target.Tcb->Priority, s.Target.Tcb->MaxControlledPriority));
}
