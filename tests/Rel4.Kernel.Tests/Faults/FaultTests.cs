namespace Rel4.Kernel.Tests;

/// <summary>Do faults become messages, and answers registers, as the manual's section "Faults" says?</summary>
public sealed unsafe class FaultTests : IDisposable
{
    private readonly World _world = new();
    private readonly StoryThread _faulty;
    private readonly StoryThread _handler;
    private readonly CPtr _faults;

    public FaultTests()
    {
        _faulty = _world.Thread("faulty");
        _handler = _world.Thread("handler");
        StoryObject endpoint = _world.Endpoint("faults");
        _faults = _handler.Given(endpoint, CapRights.Read);
        _faulty.FaultsTo(_faulty.Given(endpoint, CapRights.Write | CapRights.GrantReply, badge: 6));
    }

    public void Dispose()
    {
        _world.Check();
        _world.Dispose();
    }

    [Fact]
    public void CapFault_Answered_RepeatsTheInstruction()
    {
        CPtr missing = _faulty.FreeSlot();
        _faulty.Recv(missing);
        _handler.Recv(_faults);
        _handler.Received(
            6, (ulong)FaultType.CapFault, _faulty.Tcb->FaultIP, missing.Value, 1, (ulong)LookupFailureType.MissingCapability, 0);
        _faulty.Is(ThreadState.BlockedOnReply);
        ulong trap = _faulty.Tcb->FaultIP;
        _handler.Reply(new StoryMessage(1));
        _faulty.Is(ThreadState.Restart);
        _faulty.Trap();
        Assert.Equal(trap, _faulty.Tcb->FaultIP);
        _faulty.Is(ThreadState.BlockedOnSend);
    }

    [Fact]
    public void CapFault_ReceivesFromAnAddressThatLeadsNowhere_SaysThatItWasReceiving()
    {
        const ulong Nowhere = 1UL << 40;
        _faulty.Recv(Nowhere);
        _handler.Recv(_faults);
        _handler.Received(
            6, (ulong)FaultType.CapFault, _faulty.Tcb->FaultIP, Nowhere, 1, (ulong)LookupFailureType.GuardMismatch, 64, 0, 58);
    }

    [Fact]
    public void UnknownSyscall_Message_HoldsAllRegisters()
    {
        ref UserContext registers = ref _faulty.Tcb->Context;
        Number(ref registers, 100);
        registers.Rdx = 0xBAD;
        ulong next = registers.Rip + SimKernel.TrapLength, flags = registers.Rflags;
        _faulty.Trap();
        _handler.Recv(_faults);
        _handler.Received(
            6, (ulong)FaultType.UnknownSyscall,
            103, 104, 105, 0xBAD, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117, next - SimKernel.TrapLength, 101, flags, 0xBAD);
    }

    [Fact]
    public void UnknownSyscall_AnsweredWithLabel0_SetsRegistersAndGoesOn()
    {
        _faulty.Tcb->Context.Rdx = 0xBAD;
        _faulty.Trap();
        _handler.Recv(_faults);
        ulong[] answer = [.. Enumerable.Range(200, 18).Select(i => (ulong)i)];
        answer[17] = ulong.MaxValue;
        _handler.Reply(answer);
        _faulty.Is(ThreadState.Restart);
        ref UserContext registers = ref _faulty.Tcb->Context;
        Assert.Equal(
            (200UL, 201UL, 204UL, 207UL, 214UL, 215UL, 216UL),
            (registers.Rax, registers.Rbx, registers.Rsi, registers.R8, registers.R15, _faulty.Tcb->FaultIP, registers.Rsp));
        Assert.Equal(0xED7UL, registers.Rflags);
    }

    [Fact]
    public void UnknownSyscall_AnsweredWithMoreThanItsRegisters_IgnoresTheRest()
    {
        _faulty.Tcb->Context.Rdx = 0xBAD;
        _faulty.Trap();
        _handler.Recv(_faults);
        ulong[] answer = new ulong[19];
        answer[17] = ulong.MaxValue;
        _handler.Reply(answer);
        Assert.Equal(0xED7UL, _faulty.Tcb->Context.Rflags);
    }

    [Fact]
    public void UnknownSyscall_AnsweredWithOtherLabel_StaysStopped()
    {
        _faulty.Tcb->Context.Rdx = 0xBAD;
        _faulty.Trap();
        _handler.Recv(_faults);
        _handler.Reply(new StoryMessage(1, 55));
        _faulty.Is(ThreadState.Inactive);
        Assert.Equal(55UL, _faulty.Tcb->Context.Rax);
    }

    [Fact]
    public void UserException_AnsweredWithOneWord_SetsTheInstructionPointerOnly()
    {
        ulong stack = _faulty.Tcb->Context.Rsp, flags = _faulty.Tcb->Context.Rflags;
        _faulty.Faults(Fault.UserException(13, 0x18));
        _handler.Recv(_faults);
        _handler.Received(6, (ulong)FaultType.UserException, _faulty.Tcb->FaultIP, stack, flags, 13, 0x18);
        _handler.Reply(0x5000);
        _faulty.Is(ThreadState.Restart);
        Assert.Equal((0x5000UL, stack), (_faulty.Tcb->FaultIP, _faulty.Tcb->Context.Rsp));
    }

    [Fact]
    public void VMFault_Answered_RepeatsTheInstruction()
    {
        ulong instruction = _faulty.Tcb->FaultIP;
        _faulty.Faults(Fault.Memory(0xDEAD000, 0, 6));
        _handler.Recv(_faults);
        _handler.Received(6, (ulong)FaultType.VMFault, instruction, 0xDEAD000, 0, 6);
        _handler.Reply(new StoryMessage(9, 0x5000));
        _faulty.Is(ThreadState.Restart);
        Assert.Equal(instruction, _faulty.Tcb->FaultIP);
    }

    [Fact]
    public void Fault_HandlerWaits_IsToldAtOnce()
    {
        _handler.Recv(_faults);
        _faulty.Faults(Fault.UserException(3, 0));
        _handler.Is(ThreadState.Running);
        _faulty.Is(ThreadState.BlockedOnReply);
    }

    [Fact]
    public void Fault_HandlerWithoutBuffer_SeesFourWords()
    {
        _handler.LosesBuffer();
        _faulty.Faults(Fault.UserException(13, 0x18));
        _handler.Recv(_faults);
        Assert.Equal(4U, _handler.Info.Length);
    }

    [Theory]
    [InlineData(CapRights.Write)]
    [InlineData(CapRights.Read | CapRights.Grant | CapRights.GrantReply)]
    public void Fault_HandlerWithoutTheRights_StopsTheThread(CapRights rights)
    {
        _faulty.FaultsTo(_faulty.Given(_world.Endpoint(), rights));
        _faulty.Faults(Fault.UserException(13, 0));
        _faulty.Is(ThreadState.Inactive);
    }

    [Fact]
    public void Fault_HandlerIsNoEndpoint_StopsTheThread()
    {
        _faulty.FaultsTo(_faulty.Given(_world.Notification()));
        _faulty.Faults(Fault.UserException(13, 0));
        _faulty.Is(ThreadState.Inactive);
    }

    [Fact]
    public void Fault_HandlerIsAReplyCapability_StopsTheThread()
    {
        StoryThread client = _world.Thread("client");
        StoryObject endpoint = _world.Endpoint();
        _faulty.Recv(_faulty.Given(endpoint));
        client.Call(client.Given(endpoint), 1);
        CPtr root = _faulty.GivenOwnCSpace(), saved = _faulty.FreeSlot();
        _faulty.CNodeSaveCaller(root, saved).Ok();
        _faulty.FaultsTo(saved);
        _faulty.Faults(Fault.UserException(13, 0));
        _faulty.Is(ThreadState.Inactive);
    }

    [Fact]
    public void Fault_Suspended_IsForgotten()
    {
        _faulty.Faults(Fault.UserException(13, 0));
        _world.Root.TcbSuspend(_faulty).Ok();
        _world.Root.TcbResume(_faulty).Ok();
        _faulty.Yield();
        _faulty.Is(ThreadState.Running);
        Assert.Equal(FaultType.None, _faulty.Tcb->Fault.Type);
    }

    [Fact]
    public void Fault_EndpointDies_IsForgottenAndRepeated()
    {
        StoryObject endpoint = _world.Endpoint();
        _faulty.FaultsTo(_faulty.Given(endpoint));
        _faulty.Faults(Fault.UserException(13, 0));
        _world.Root.CNodeRevoke(RootSlot.CNode, endpoint).Ok();
        _world.Root.CNodeDelete(RootSlot.CNode, endpoint).Ok();
        _faulty.Is(ThreadState.Restart);
        Assert.Equal(FaultType.None, _faulty.Tcb->Fault.Type);
    }

    /// <summary>Sets all registers but those with a meaning of their own to different numbers.</summary>
    private static void Number(ref UserContext registers, ulong first)
    {
        fixed (ulong* words = &registers.Rip)
        {
            for (int i = 1; i < UserContext.Count; i++)
            {
                if (i != 2)
                    words[i] = first + (ulong)i;
            }
        }
    }
}
