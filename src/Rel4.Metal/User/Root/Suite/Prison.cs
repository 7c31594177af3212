using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Holds a hostile task, takes its faults, and asks the workers after each act whether they are well.</summary>
internal readonly unsafe struct Prison
{
    private const ulong Badge = 0xBAD;
    private const ulong Canary = 0xCA7A_51DE;
    private const ulong Label = 0x66;
    private const int Rounds = 4;

    private readonly Stage _stage;
    private readonly ChildTask _hostile;
    private readonly ulong _faults;

    /// <summary>Builds the task.</summary>
    public Prison(in Stage stage, ElfImage program)
    {
        _stage = stage;
        _hostile = ChildTask.Start(program, Priority.Worker);
        _faults = Objects.Make(ObjectType.Endpoint);
        _hostile.Grant(_faults, TaskLayout.FaultSlot, CapRights.All, Badge);
        Code = new CodePage(_hostile);
    }

    /// <summary>Gets the page where its instructions stand.</summary>
    public CodePage Code { get; }

    /// <summary>Tells whether an access to an address ends in a fault that names it.</summary>
    public bool FaultsAt(WorkerCommand command, ulong address)
    {
        Begin();
        _hostile.Command(command, address);
        return TakesFault(out FaultType fault) && fault == FaultType.VMFault && SeL4.GetMR(1) == address && WorkersAreWell();
    }

    /// <summary>Tells whether a command ends in a fault.</summary>
    public bool Faults(WorkerCommand command, ulong target, FaultType expected)
    {
        Begin();
        _hostile.Command(command, target);
        return TakesFault(out FaultType fault) && fault == expected && WorkersAreWell();
    }

    /// <summary>Tells whether a command raises an exception.</summary>
    public bool Raises(WorkerCommand command, ulong target, ulong vector)
    {
        Begin();
        _hostile.Command(command, target);
        return TakesFault(out FaultType fault) && fault == FaultType.UserException && SeL4.GetMR(3) == vector && WorkersAreWell();
    }

    /// <summary>Tells whether a thread that is started with these registers faults.</summary>
    public bool FaultsFrom(ulong ip, ulong sp)
    {
        Begin();
        Code.Write([0x50]); // push rax
        UserContext registers = default;
        registers.Rip = ip;
        registers.Rsp = sp;
        _hostile.Stop();
        bool started = SeL4.TCB_WriteRegisters(_hostile.Thread, true, 0, UserContext.Count, &registers) == SeL4Error.NoError;
        return started && TakesFault(out FaultType fault) && fault is (FaultType.VMFault or FaultType.UserException) && WorkersAreWell();
    }

    /// <summary>As <see cref="FaultsFrom"/>, for a task whose floating-point unit is taken away.</summary>
    public bool FaultsWithoutUnitFrom(ulong ip)
    {
        bool taken = SeL4.TCB_SetFlags(_hostile.Thread, TcbFlags.None, TcbFlags.FpuDisabled, out _) == SeL4Error.NoError;
        bool faults = FaultsFrom(ip, 0);
        return taken && SeL4.TCB_SetFlags(_hostile.Thread, TcbFlags.FpuDisabled, TcbFlags.None, out _) == SeL4Error.NoError && faults;
    }

    /// <summary>Tells whether a message is sent from a new buffer's frame, wherever the task says that it lies.</summary>
    public bool SendsWithBuffer(ulong address)
    {
        ulong frame = Objects.Make(ObjectType.Page4K);
        bool sent = Sends(address, frame, Limits.MessageWords) && WorkersAreWell();
        RestoreBuffer();
        return sent;
    }

    /// <summary>Tells whether a message of a thread whose buffer's frame is gone has just the words in registers.</summary>
    public bool SendsWithoutBuffer()
    {
        ulong frame = Objects.Make(ObjectType.Page4K);
        bool set = SeL4.TCB_SetIPCBuffer(_hostile.Thread, TaskLayout.IpcBuffer, frame) == SeL4Error.NoError;
        bool revoked = Objects.Revoke(frame) == SeL4Error.NoError;
        bool sent = set && revoked && SendsNow(Limits.MessageRegisters) && WorkersAreWell();
        RestoreBuffer();
        return sent;
    }

    /// <summary>Tells whether a message whose capabilities and receive slot are random ends well.</summary>
    public bool SendsRandomCapabilities()
    {
        Begin();
        for (int i = 0; i < Limits.ExtraCaps; i++)
            _hostile.Buffer->CapsOrBadges[i] = 0xDEAD_BEEF_0000 * (ulong)(i + 1);
        _hostile.Buffer->ReceiveCNode = ulong.MaxValue;
        _hostile.Buffer->ReceiveIndex = ulong.MaxValue;
        _hostile.Buffer->ReceiveDepth = ulong.MaxValue;
        _stage.Receive(Actor.Second);
        PrepareSend(new MessageInfo(Label, 0, Limits.ExtraCaps, Limits.MessageWords));
        bool faulted = TakesFault(out FaultType fault) && fault == FaultType.CapFault;
        bool delivered = _stage.Runs(Actor.Second) && _stage.Of(Actor.Second).Page->Received.ExtraCaps == 0;
        return (faulted || delivered) && WorkersAreWell();
    }

    /// <summary>Tells whether others go on while the task never ends, at the root task's priority.</summary>
    public bool Loops(WorkerCommand command)
    {
        Begin();
        _hostile.SetPriority(Priority.Root);
        Code.Write([0xEB, 0xFE]); // here: jmp here
        _hostile.Command(command, CodePage.Address);
        bool well = true;
        for (int i = 0; i < Rounds; i++)
        {
            SeL4.Yield();
            well &= WorkersAreWell();
        }

        _hostile.Stop();
        _hostile.SetPriority(Priority.Worker);
        return well && !_hostile.IsDone;
    }

    /// <summary>Lets the task make random system calls on all that it holds, until it has stopped itself or made enough.</summary>
    /// <remarks>It is of no use afterwards.</remarks>
    /// <returns>How many it made.</returns>
    public ulong Fuzz(ulong seed, ulong count)
    {
        Begin();
        ulong slot = TaskLayout.FirstFree;
        _hostile.Grant(Objects.Make(ObjectType.Untyped, 14), slot++, CapRights.All);
        _hostile.Grant(Objects.Make(ObjectType.Page4K), slot++, CapRights.All);
        _hostile.Grant(Objects.Make(ObjectType.CapTable, 4), slot++, CapRights.All);
        _hostile.Grant(Objects.Make(ObjectType.Tcb), slot++, CapRights.All);
        _hostile.Grant(_hostile.Space.Root, slot++, CapRights.All);
        _hostile.Grant(_hostile.Thread, slot, CapRights.All);
        _hostile.Command(WorkerCommand.Fuzz, seed, count);
        _hostile.Stop();
        return _hostile.Page->Turns;
    }

    /// <summary>Lets threads of the task run random bytes. Only they are of use afterwards.</summary>
    /// <returns>How many faults they had.</returns>
    public int RunRandomThreads(ulong seed, int rounds)
    {
        Begin();
        return RandomThreads.Run(_hostile, Code, _faults, seed, rounds);
    }

    private void Begin()
    {
        _stage.Reset();
        _hostile.Restart();
        _hostile.TakeAway(TaskLayout.EndpointSlot);
        _hostile.Grant(_stage.Endpoint, TaskLayout.EndpointSlot, CapRights.All, Badge);
        _stage.Of(Actor.First).Page->Sent.Word0 = Canary;
    }

    private bool Sends(ulong bufferAddress, ulong frame, uint words)
    {
        SeL4Error error = SeL4.TCB_SetIPCBuffer(_hostile.Thread, bufferAddress, frame);
        return error != SeL4Error.NoError || SendsNow(words);
    }

    private bool SendsNow(uint words)
    {
        Begin();
        _stage.Receive(Actor.Second);
        PrepareSend(new MessageInfo(Label, 0, 0, Limits.MessageWords));
        CommandPage* page = _stage.Of(Actor.Second).Page;
        return _stage.Runs(Actor.Second) && page->Badge == Badge && page->Received.Label == Label && page->Received.Length == words;
    }

    /// <summary>Lets the task send to the row's endpoint, by instructions of its own.</summary>
    private void PrepareSend(MessageInfo info)
    {
        // mov rsi, info; mov edi, EndpointSlot; mov rdx, Send; syscall; ret
        Code.Write(
        [
            0x48, 0xBE, 0, 0, 0, 0, 0, 0, 0, 0, 0xBF, (byte)TaskLayout.EndpointSlot, 0, 0, 0,
            0x48, 0xC7, 0xC2, 0xFD, 0xFF, 0xFF, 0xFF, 0x0F, 0x05, 0xC3,
        ]);
        Code.Write(2, info.Raw);
        _hostile.Command(WorkerCommand.Run, CodePage.Address);
    }

    private void RestoreBuffer() =>
        Terminal.Require(SeL4.TCB_SetIPCBuffer(_hostile.Thread, TaskLayout.IpcBuffer, _hostile.BufferFrame), "setting a buffer"u8);

    private bool TakesFault(out FaultType fault)
    {
        fault = (FaultType)SeL4.NBRecv(_faults, out ulong badge).Label;
        return badge == Badge;
    }

    /// <summary>Tells whether the workers still have their memory and understand each other.</summary>
    public bool WorkersAreWell()
    {
        bool canary = _stage.Of(Actor.First).Page->Sent.Word0 == Canary;
        _stage.Reset();
        _stage.Receive(Actor.Second);
        _stage.Send(Actor.First, Syscall.Call);
        bool called = _stage.GotMessage(Actor.Second, Actor.First);
        _stage.Reply(Actor.Second);
        bool answered = _stage.GotReply(Actor.First, Actor.Second);
        _stage.Of(Actor.First).Page->Sent.Word0 = Canary;
        return canary && called && answered;
    }
}
