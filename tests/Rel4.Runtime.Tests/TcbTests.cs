using Rel4.Abi;

namespace Rel4.Runtime.Tests;

/// <summary>Sets threads up.</summary>
public sealed class TcbTests : IDisposable
{
    private readonly SimWorld _world = new();
    private readonly TcbCap _thread;

    public TcbTests() => _thread = new TcbCap(_world.Make(ObjectType.Tcb));

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Configure_WithSpacesAndBuffer_LetsTheThreadMakeSystemCalls()
    {
        var notification = new NotificationCap(_world.Make(ObjectType.Notification));
        _thread.Configure(_world.Root, _world.Space, 0x7000_0400, new FrameCap(_world.Make(ObjectType.Page4K)), SimWorld.FaultSlot);
        _thread.Resume();

        _world.Start(_thread, notification.Signal).Join();

        notification.Wait();
    }

    [Fact]
    public void Configure_WithAThreadAsCNode_SaysWhatToPass() => Refusals.Says(
        $"TCB_Configure on capability {_thread.CPtr} failed with IllegalOperation: it is not a thread, or the CSpace root is no CNode, "
        + "its guard is too long, "
        + "the VSpace root is no address space or has no ASID, or the buffer's frame is no frame or a device's. Pass a CNode, an address space and a "
        + "frame of ordinary memory.",
        () => _thread.Configure(new CNodeCap(RootSlot.Tcb), _world.Space));

    [Fact]
    public void Configure_WithAMisalignedBuffer_SaysTheAlignment() => Refusals.Says(
        $"TCB_Configure on capability {_thread.CPtr} failed with AlignmentError: the IPC buffer's address is not aligned to 1024 bytes. "
        + "Choose a multiple of 1024.",
        () => _thread.Configure(_world.Root, _world.Space, 0x1008, new FrameCap(_world.Make(ObjectType.Page4K))));

    [Fact]
    public void Configure_WithAnEmptySlotAsCNode_SaysWhatToPass() => Refusals.Says(
        $"TCB_Configure on capability {_thread.CPtr} failed with IllegalOperation: it is not a thread, or the CSpace root is no CNode, "
        + "its guard is too long, the VSpace root is no address space or has no ASID, or the buffer's frame is no frame or a device's. "
        + "Pass a CNode, an address space and a frame of ordinary memory.",
        () => _thread.Configure(new CNodeCap(SimWorld.FreeSlot), _world.Space));

    [Fact]
    public void Configure_WithoutABufferThatTheKernelReads_SaysWhatIsMissing()
    {
        using var machine = new ScriptedMachine(
            (ref TrapFrame frame, ref IpcBuffer _) => frame.Info = new MessageInfo((ulong)SeL4Error.TruncatedMessage, 0, 0, 0));

        Refusals.Says(
            $"TCB_Configure on capability {_thread.CPtr} failed with TruncatedMessage: the kernel found fewer words or capabilities than it "
            + "takes: the thread has no IPC buffer that the kernel can read. Give the thread an IPC buffer.",
            () => _thread.Configure(_world.Root, _world.Space));
    }

    [Fact]
    public void SetSpace_WithACNodeAsAddressSpace_SaysWhatToPass()
    {
        _thread.SetSpace(_world.Root, _world.Space);

        Refusals.Says(
            $"TCB_SetSpace on capability {_thread.CPtr} failed with IllegalOperation: it is not a thread, or the CSpace root is no CNode, "
            + "its guard is too long, or the VSpace root is no address space or has no ASID. Pass a CNode and an address space.",
            () => _thread.SetSpace(_world.Root, new VSpaceCap(RootSlot.CNode)));
    }

    [Fact]
    public void SetIpcBuffer_WithAThreadAsFrame_SaysWhatToPass()
    {
        _thread.SetIpcBuffer(0x1000, new FrameCap(_world.Make(ObjectType.Page4K)));

        Refusals.Says(
            $"TCB_SetIPCBuffer on capability {_thread.CPtr} failed with IllegalOperation: it is not a thread, or the buffer's frame is "
            + "no frame or a device's. "
            + "Pass a frame of ordinary memory.",
            () => _thread.SetIpcBuffer(0x1000, new FrameCap(RootSlot.Tcb)));
    }

    [Fact]
    public void Priorities_BeyondTheAuthoritys_AreRefusedWithTheRange()
    {
        _thread.SetPriorities(_world.RootThread, maxControlled: 100, priority: 50);
        _thread.SetPriority(_thread, 100);
        _thread.SetMaxControlledPriority(_thread, 90);

        Refusals.Says(
            $"TCB_SetPriority on capability {_thread.CPtr} failed with RangeError: the priority, by the authority's maximum controlled "
            + "priority, "
            + "must be 0 to 90. Choose a value within the range.",
            () => _thread.SetPriority(_thread, 91));
        Refusals.Says(
            $"TCB_SetMCPriority on capability {_thread.CPtr} failed with RangeError: the priority, by the authority's maximum controlled "
            + "priority, "
            + "must be 0 to 90. Choose a value within the range.",
            () => _thread.SetMaxControlledPriority(_thread, 100));
        Refusals.Says(
            $"TCB_SetSchedParams on capability {_thread.CPtr} failed with InvalidCapability: a capability argument is of the wrong kind: "
            + "the authority must be a thread. Pass the address of another capability.",
            () => _thread.SetPriorities(new TcbCap(RootSlot.CNode), 1, 1));
    }

    [Fact]
    public void Registers_WrittenToAStoppedThread_AreReadBack()
    {
        var written = new UserContext { Rip = 0x1234, Rsp = 0x5678, Rax = 3, R15 = 15, FsBase = 18, GsBase = 19 };

        _thread.WriteRegisters(written);
        UserContext read = _thread.ReadRegisters();

        Assert.Equal((0x1234UL, 0x5678UL, 3UL, 15UL), (read.Rip, read.Rsp, read.Rax, read.R15));
        Assert.Equal((18UL, 19UL), (read.FsBase, read.GsBase));
    }

    [Fact]
    public void Registers_OfTheCallingThread_AreRefused()
    {
        Refusals.Says(
            "TCB_ReadRegisters on capability 1 failed with IllegalOperation: it is not a thread, or it is the calling thread. "
            + "Read the registers of another thread.",
            () => _world.RootThread.ReadRegisters());
        Refusals.Says(
            "TCB_WriteRegisters on capability 1 failed with IllegalOperation: it is not a thread, or it is the calling thread. "
            + "Write the registers of another thread.",
            () => _world.RootThread.WriteRegisters(default));
    }

    [Fact]
    public unsafe void ReadRegisters_OfNone_SaysTheRange()
    {
        UserContext registers;
        SeL4Error error = SeL4.TCB_ReadRegisters(_thread.CPtr, false, 0, 0, &registers);

        Refusals.Says(
            $"TCB_ReadRegisters on capability {_thread.CPtr} failed with RangeError: the number of registers must be 1 to 20. "
            + "Choose a value within the range.",
            () => SeL4Exception.ThrowIfFailed(error, InvocationLabel.TcbReadRegisters, _thread.CPtr));
    }

    [Fact]
    public unsafe void WriteRegisters_OfTheFirstThree_LeavesTheOthers()
    {
        _thread.WriteRegisters(new UserContext { Rip = 1, Rsp = 2, Rax = 4 });
        var registers = new UserContext { Rip = 0x10, Rsp = 0x20, Rax = 0x40 };

        Assert.Equal(SeL4Error.NoError, SeL4.TCB_WriteRegisters(_thread.CPtr, false, 0, 3, &registers));

        UserContext read = _thread.ReadRegisters();
        Assert.Equal((0x10UL, 0x20UL, 4UL), (read.Rip, read.Rsp, read.Rax));
    }

    [Fact]
    public void CopyRegisters_OfTheFrame_LeavesTheSegments()
    {
        var source = new TcbCap(_world.Make(ObjectType.Tcb));
        source.WriteRegisters(new UserContext { Rip = 9, R14 = 14, FsBase = 18 });

        _thread.CopyRegistersFrom(source, RegisterTransfer.Frame);

        UserContext read = _thread.ReadRegisters();
        Assert.Equal((9UL, 14UL, 0UL), (read.Rip, read.R14, read.FsBase));
        Refusals.Says(
            $"TCB_CopyRegisters on capability {_thread.CPtr} failed with InvalidCapability: a capability argument is of the wrong kind: "
            + "the source must be a thread. Pass the address of another capability.",
            () => _thread.CopyRegistersFrom(new TcbCap(RootSlot.CNode), RegisterTransfer.Frame));
    }

    [Fact]
    public void Suspend_OfAThreadThatWaits_TakesItOutOfTheQueue()
    {
        var endpoint = new EndpointCap(_world.Make(ObjectType.Endpoint));
        TcbCap thread = _world.MakeThread();
        SimThread sender = _world.Start(thread, () => endpoint.Send(1));
        _world.WaitUntilBlocked(thread);

        thread.Suspend();
        Assert.False(endpoint.TryReceive(out _));

        thread.Resume();
        Assert.Equal(1UL, endpoint.Receive().Label);
        sender.Join();
    }

    [Fact]
    public void SuspendAndResume_OfWhatIsNoThread_SaySo()
    {
        Refusals.Says(
            "TCB_Suspend on capability 2 failed with IllegalOperation: it is not a thread. Invoke a thread.",
            () => new TcbCap(RootSlot.CNode).Suspend());
        Refusals.Says(
            "TCB_Resume on capability 64 failed with InvalidCapability: it is not a thread, or its slot is empty. Invoke a thread.",
            () => new TcbCap(SimWorld.FreeSlot).Resume());
    }

    [Fact]
    public void Bind_OfANotification_DeliversItsSignalsOnAnEndpoint()
    {
        var endpoint = new EndpointCap(_world.Make(ObjectType.Endpoint));
        ulong notification = _world.Make(ObjectType.Notification);
        _world.Root.Mint(_world.Root[notification], SimWorld.FreeSlot, CapRights.Write, badge: 0x40);
        _world.RootThread.Bind(new NotificationCap(notification));

        new NotificationCap(SimWorld.FreeSlot).Signal();
        ReceivedMessage signal = endpoint.Receive();

        Assert.Equal((0x40UL, 0UL), (signal.Badge, signal.Info.Raw));
    }

    [Fact]
    public void BindAndUnbind_OutOfOrder_SayWhatIsMissing()
    {
        var notification = new NotificationCap(_world.Make(ObjectType.Notification));
        Refusals.Says(
            $"TCB_UnbindNotification on capability {_thread.CPtr} failed with IllegalOperation: it is not a thread, or no notification "
            + "is bound to the thread. "
            + "Bind one first.",
            _thread.Unbind);
        _thread.Bind(notification);
        Refusals.Says(
            $"TCB_BindNotification on capability {_thread.CPtr} failed with IllegalOperation: it is not a thread, or the thread or the "
            + "notification is bound already, "
            + "or the latter is no notification, lacks the Read right, has waiting threads, or has another thread as receiver. "
            + "Unbind first, or pass a notification with the Read right that nobody else waits for.",
            () => _thread.Bind(notification));
        _thread.Unbind();
    }
}
