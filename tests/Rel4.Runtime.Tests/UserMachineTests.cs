using Rel4.Abi;

namespace Rel4.Runtime.Tests;

/// <summary>Looks at what lies between the interface and a machine.</summary>
public sealed unsafe class UserMachineTests
{
    [Fact]
    public void SystemCall_WithoutAMachine_SaysSo()
    {
        TestMachine.Use(null);

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(() => SeL4.Yield());

        Assert.StartsWith("Yield reached no kernel: this process has no machine installed.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SystemCall_AfterTheKernelsEnd_SaysSo()
    {
        using var machine = new ScriptedMachine((ref frame, ref _) => frame.Status = TrapStatus.KernelEnded);

        KernelEndedException exception = Assert.Throws<KernelEndedException>(() => SeL4.Signal(5));

        Assert.Equal(Syscall.Send, exception.Syscall);
        Assert.StartsWith("Send did not complete: the kernel has ended", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Call_ThatNobodyWillAnswer_SaysSo()
    {
        using var machine = new ScriptedMachine((ref frame, ref _) => frame.Status = TrapStatus.Abandoned);

        ReplyAbandonedException exception = Assert.Throws<ReplyAbandonedException>(() => new EndpointCap(5).Call(0));

        Assert.Equal((Syscall.Call, 5UL), (exception.Syscall, exception.Capability));
        Assert.StartsWith("Call on capability 5 was taken but will not be answered", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SystemCall_WithAnotherFault_NamesIt()
    {
        using var machine = new ScriptedMachine((ref frame, ref _) =>
        {
            frame.Info = new MessageInfo((ulong)FaultType.UnknownSyscall, 0, 0, 19);
            frame.Status = TrapStatus.Faulted;
        });

        SeL4FaultException exception = Assert.Throws<SeL4FaultException>(SeL4.Yield);

        Assert.Equal(FaultType.UnknownSyscall, exception.Fault);
        Assert.StartsWith(
            "Yield (-7) faulted with UnknownSyscall, and this thread has no fault handler.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Thread_WithoutABuffer_CanUseRegistersOnly()
    {
        using var machine = new ScriptedMachine((ref _, ref _) => { }, hasBuffer: false);
        ulong mr0 = 1, mr1 = 2, mr2 = 3, mr3 = 4;

        SeL4.CallWithMRs(5, new MessageInfo(0, 0, 0, 4), ref mr0, ref mr1, ref mr2, ref mr3);
        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(() => new EndpointCap(5).Send(0));

        Assert.Equal(4UL, mr3);
        Assert.StartsWith("This thread has no IPC buffer", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fault_OfAThreadWithoutABuffer_KeepsWhatRegistersHold()
    {
        using var machine = new ScriptedMachine(
            (ref frame, ref _) =>
            {
                frame.Info = new MessageInfo((ulong)FaultType.CapFault, 0, 0, 4);
                frame.Word1 = 9;
                frame.Word3 = (ulong)LookupFailureType.InvalidRoot;
                frame.Status = TrapStatus.Faulted;
            },
            hasBuffer: false);

        SeL4FaultException exception = Assert.Throws<SeL4FaultException>(() => SeL4.SendWithMRs(9, default));

        Assert.Equal((9UL, LookupFailureType.InvalidRoot), (exception.Details.Address, exception.Details.Lookup.Type));
    }

    [Fact]
    public void Call_OfALongMessage_PassesFourWordsInRegistersAndTakesFourBack()
    {
        using var machine = new ScriptedMachine((ref frame, ref buffer) =>
        {
            Assert.Equal((10UL, 11UL, 12UL, 13UL), (frame.Word0, frame.Word1, frame.Word2, frame.Word3));
            Assert.Equal(14UL, WordOf(ref buffer, 4));
            (frame.Word0, frame.Word1, frame.Word2, frame.Word3) = (20, 21, 22, 23);
            frame.Badge = 7;
        });
        for (int i = 0; i < 5; i++)
            SeL4.SetMR(i, 10 + (ulong)i);

        SeL4.Call(5, new MessageInfo(0, 0, 0, 5));

        Assert.Equal([20, 21, 22, 23, 14], Enumerable.Range(0, 5).Select(SeL4.GetMR));
    }

    [Fact]
    public void MessageRegisters_Set_AreReadBackFromTheBuffer()
    {
        using var machine = new ScriptedMachine((ref _, ref _) => { });

        SeL4.SetUserData(1);
        SeL4.SetCap(2, 3);
        SeL4.SetCapReceivePath(4, 5, 6);

        IpcBuffer* buffer = SeL4.GetIPCBuffer();
        SeL4.GetCapReceivePath(out ulong root, out ulong index, out ulong depth);
        Assert.Equal((4UL, 5UL, 6UL), (root, index, depth));
        Assert.Equal((1UL, 3UL, 3UL), (SeL4.GetUserData(), SeL4.GetCap(2), SeL4.GetBadge(2)));
        Assert.Equal((4UL, 5UL, 6UL), (buffer->ReceiveCNode, buffer->ReceiveIndex, buffer->ReceiveDepth));
    }

    [Fact]
    public void SystemCalls_OfEveryKind_AllocateNothing()
    {
        using var machine = new ScriptedMachine((ref frame, ref _) => frame.Info = default);
        MakeCalls();
        long before = GC.GetAllocatedBytesForCurrentThread();

        MakeCalls();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void MakeCalls()
    {
        var root = new CNodeCap(2);
        var endpoint = new EndpointCap(5);
        endpoint.Send(1, 2, 3);
        endpoint.Send(1, [2], [3]);
        endpoint.Call(1, 2, 3, 4, 5, 6, 7).Reply(1, 2);
        endpoint.ReplyReceive(1, 2);
        endpoint.TryReceive(out _);
        new NotificationCap(6).Signal();
        new NotificationCap(6).Wait();
        new UntypedCap(7).Retype(ObjectType.Endpoint, root[8]);
        root.Mint(root[8], 9, CapRights.All, badge: 1);
        new TcbCap(1).WriteRegisters(new TcbCap(1).ReadRegisters());
    }

    private static ulong WordOf(ref IpcBuffer buffer, int index) => buffer.Message[index];
}
