using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Performs the methods of threads (<c>seL4_TCB_*</c>).</summary>
internal static unsafe class ThreadInvocations<TMachine>
    where TMachine : struct, IKernelMachine
{
    public static Result Invoke(KernelState* kernel, in Invocation invocation)
    {
        (uint words, int caps) = ShapeOf(invocation.Label);
        if (!invocation.Has(words, caps))
            return Refusal.Of(SeL4Error.TruncatedMessage);
        Tcb* thread = invocation.Service->Cap.Thread;

        // What any of them reads or changes is in the TCB only while no processor runs the thread.
        TMachine.Stall(kernel, thread);
        return invocation.Label switch
        {
            InvocationLabel.TcbReadRegisters => ReadRegisters(kernel, invocation, thread),
            InvocationLabel.TcbWriteRegisters => WriteRegisters(kernel, invocation, thread),
            InvocationLabel.TcbCopyRegisters => CopyRegisters(kernel, invocation, thread),
            InvocationLabel.TcbConfigure => Configure(kernel, invocation, thread),
            InvocationLabel.TcbSetPriority => SetPriority(kernel, invocation, thread),
            InvocationLabel.TcbSetMCPriority => SetMCPriority(invocation, thread),
            InvocationLabel.TcbSetSchedParams => SetSchedParams(kernel, invocation, thread),
            InvocationLabel.TcbSetIpcBuffer => SetIpcBuffer(kernel, invocation, thread),
            InvocationLabel.TcbSetSpace => SetSpace(kernel, invocation, thread),
            InvocationLabel.TcbSuspend => Suspend(kernel, invocation, thread),
            InvocationLabel.TcbResume => Resume(kernel, thread),
            InvocationLabel.TcbBindNotification => BindNotification(kernel, invocation, thread),
            InvocationLabel.TcbUnbindNotification => UnbindNotification(thread),
            InvocationLabel.TcbSetTlsBase => SetTlsBase(kernel, invocation, thread),
            InvocationLabel.TcbSetFlags => SetFlags(invocation, thread),
            InvocationLabel.TcbSetAffinity => SetAffinity(kernel, invocation, thread),
            InvocationLabel.TcbSetBatch => SetBatch(kernel, invocation, thread),
            InvocationLabel.TcbRegisterReceiver => ForNotification(kernel, invocation, thread, InvocationLabel.NotificationRegisterReceiver),
            InvocationLabel.TcbUnregisterReceiver => ForNotification(kernel, invocation, thread, InvocationLabel.NotificationUnregisterReceiver),
            InvocationLabel.TcbRegisterSender => ForNotification(kernel, invocation, thread, InvocationLabel.NotificationRegisterSender),
            InvocationLabel.TcbUnregisterSender => UnregisterSender(kernel, invocation, thread),
            _ => TMachine.Invoke(kernel, invocation),
        };
    }

    /// <summary>Gets how many words and capabilities a method needs.</summary>
    private static (uint Words, int Caps) ShapeOf(InvocationLabel label) => label switch
    {
        InvocationLabel.TcbReadRegisters or InvocationLabel.TcbWriteRegisters or InvocationLabel.TcbSetFlags => (2, 0),
        InvocationLabel.TcbCopyRegisters or InvocationLabel.TcbSetPriority or InvocationLabel.TcbSetMCPriority or InvocationLabel.TcbSetIpcBuffer => (1, 1),
        InvocationLabel.TcbConfigure => (4, 3),
        InvocationLabel.TcbSetSchedParams => (2, 1),
        InvocationLabel.TcbSetSpace => (3, 2),
        InvocationLabel.TcbBindNotification or (>= InvocationLabel.TcbRegisterReceiver and <= InvocationLabel.TcbRegisterSender) => (0, 1),
        InvocationLabel.TcbSetTlsBase or InvocationLabel.TcbSetAffinity => (1, 0),
        _ => (0, 0),
    };

    private static Result ForNotification(KernelState* kernel, in Invocation invocation, Tcb* thread, InvocationLabel method) =>
        NotificationInvocations<TMachine>.InvokeFor(kernel, invocation, thread, method);

    /// <summary>Takes a sender back that is named by its handle, or by the capability that it was registered through.</summary>
    private static Result UnregisterSender(KernelState* kernel, in Invocation invocation, Tcb* thread)
    {
        if (invocation.Has(words: 0, caps: 1))
            return ForNotification(kernel, invocation, thread, InvocationLabel.NotificationUnregisterSender);
        return invocation.Has(words: 1)
            ? NotificationInvocations<TMachine>.UnregisterSender(kernel, thread, new SenderHandle(invocation.Word(0)))
            : Refusal.Of(SeL4Error.TruncatedMessage);
    }

    private static Result ReadRegisters(KernelState* kernel, in Invocation invocation, Tcb* thread)
    {
        bool suspend = (invocation.Word(0) & 1) != 0;
        ulong count = invocation.Word(1);
        if (count is < 1 or > UserContext.Count)
            return Refusal.Range(1, UserContext.Count);
        if (thread == invocation.Caller)
            return Refusal.Of(SeL4Error.IllegalOperation);

        if (suspend)
            Threads<TMachine>.Suspend(kernel, thread);
        if (!invocation.IsCall)
            return Outcome.Done;
        MessageWriter writer = invocation.BeginAnswer();
        for (int i = 0; i < (int)count; i++)
            writer.Add(Registers.Get(thread, i));
        return invocation.Answer(writer);
    }

    private static Result WriteRegisters(KernelState* kernel, in Invocation invocation, Tcb* thread)
    {
        const int FirstRegister = 2;
        bool resume = (invocation.Word(0) & 1) != 0;
        ulong count = invocation.Word(1);
        if (invocation.Length - FirstRegister < count)
            return Refusal.Of(SeL4Error.TruncatedMessage);
        if (thread == invocation.Caller)
            return Refusal.Of(SeL4Error.IllegalOperation);

        for (int i = 0; i < (int)count && i < UserContext.Count; i++)
            Registers.Set(thread, i, invocation.Word(FirstRegister + i));
        if (resume)
            Threads<TMachine>.Resume(kernel, thread);
        return Outcome.Done;
    }

    private static Result CopyRegisters(KernelState* kernel, in Invocation invocation, Tcb* target)
    {
        var flags = (CopyFlags)invocation.Word(0);
        ref readonly Capability sourceCap = ref invocation.Caps[0]->Cap;
        if (sourceCap.Type != CapType.Thread)
            return Refusal.InvalidCapability(1);
        Tcb* source = sourceCap.Thread;

        TMachine.Stall(kernel, source);
        TMachine.SaveRegisters(kernel, invocation.Caller);
        Outcome outcome = Outcome.Done;
        if ((flags & CopyFlags.SuspendSource) != 0)
            outcome = Suspend(kernel, invocation, source);
        if ((flags & CopyFlags.ResumeTarget) != 0)
            Threads<TMachine>.Resume(kernel, target);
        if ((flags & CopyFlags.Frame) != 0)
        {
            // The caller goes on behind its call, though until that is done its state says otherwise.
            ulong ip = source == invocation.Caller ? source->Context.Rip : source->ContinuationIP;
            Copy(source, target, 1, Registers.FrameCount);
            target->SetIP(ip);
        }

        if ((flags & CopyFlags.Integer) != 0)
            Copy(source, target, Registers.FrameCount, UserContext.Count);
        TMachine.LoadRegisters(kernel, invocation.Caller);
        return outcome;
    }

    private static void Copy(Tcb* source, Tcb* target, int from, int to)
    {
        for (int i = from; i < to; i++)
            Registers.Set(target, i, Registers.Get(source, i));
    }

    private static Result Configure(KernelState* kernel, in Invocation invocation, Tcb* thread)
    {
        ulong faultHandler = invocation.Word(0), buffer = invocation.Word(3);
        if (PrepareBuffer(invocation.Caps[2], buffer, out Installation frame).IsGiven(out Refusal refusal)
            || PrepareCSpace(invocation.Caps[0], invocation.Word(1), out Installation cspace).IsGiven(out refusal)
            || PrepareVSpace(invocation.Caps[1], out Installation vspace).IsGiven(out refusal))
            return refusal;

        thread->FaultHandler = faultHandler;
        Outcome outcome = Install(kernel, invocation.Service, cspace, &thread->CSpaceRoot);
        if (outcome == Outcome.Done)
            outcome = Install(kernel, invocation.Service, vspace, &thread->VSpaceRoot);
        return outcome == Outcome.Done ? InstallBuffer(kernel, invocation.Service, frame, thread, buffer) : outcome;
    }

    private static Result SetSpace(KernelState* kernel, in Invocation invocation, Tcb* thread)
    {
        ulong faultHandler = invocation.Word(0);
        if (PrepareCSpace(invocation.Caps[0], invocation.Word(1), out Installation cspace).IsGiven(out Refusal refusal)
            || PrepareVSpace(invocation.Caps[1], out Installation vspace).IsGiven(out refusal))
            return refusal;

        thread->FaultHandler = faultHandler;
        Outcome outcome = Install(kernel, invocation.Service, cspace, &thread->CSpaceRoot);
        return outcome == Outcome.Done ? Install(kernel, invocation.Service, vspace, &thread->VSpaceRoot) : outcome;
    }

    private static Result SetIpcBuffer(KernelState* kernel, in Invocation invocation, Tcb* thread)
    {
        ulong buffer = invocation.Word(0);
        if (PrepareBuffer(invocation.Caps[0], buffer, out Installation frame).IsGiven(out Refusal refusal))
            return refusal;

        return InstallBuffer(kernel, invocation.Service, frame, thread, buffer);
    }

    /// <summary>Gives a thread the frame of its batches, or takes it away if there is none with the message. What is written there already is not performed.</summary>
    private static Result SetBatch(KernelState* kernel, in Invocation invocation, Tcb* thread)
    {
        Installation frame = default;
        if (invocation.Caps[0] != null)
        {
            if (Prepare(invocation.Caps[0], invocation.Caps[0]->Cap, CapType.Frame, out frame).IsGiven(out Refusal refusal))
                return refusal;
            if (frame.Capability.IsDevice || !frame.Capability.Has(CapRights.ReadWrite))
                return Refusal.Of(SeL4Error.IllegalOperation);
        }

        if (!TMachine.TryOpenBatch(kernel, thread, out ulong bell))
            return Refusal.Of(SeL4Error.IllegalOperation);

        // What is deleted is a frame, which makes no zombie: it is never preempted.
        Install(kernel, invocation.Service, frame, &thread->BatchFrame);
        Batch<TMachine>.Begin(thread);
        return invocation.Answer(bell);
    }

    private static Refusal PrepareCSpace(Slot* source, ulong data, out Installation installation) =>
        Prepare(source, data == 0 ? source->Cap : source->Cap.WithData(data), CapType.CNode, out installation);

    private static Refusal PrepareVSpace(Slot* source, out Installation installation) =>
        Prepare(source, source->Cap, CapType.VSpace, out installation);

    /// <remarks>Nothing is installed at address 0.</remarks>
    private static Refusal PrepareBuffer(Slot* source, ulong address, out Installation installation)
    {
        installation = default;
        if (address == 0)
            return default;
        if (Prepare(source, source->Cap, CapType.Frame, out installation).IsGiven(out Refusal refusal))
            return refusal;
        if (installation.Capability.IsDevice)
            return Refusal.Of(SeL4Error.IllegalOperation);
        return address % IpcBuffer.Size == 0 ? default : Refusal.Of(SeL4Error.AlignmentError);
    }

    private static Refusal Prepare(Slot* source, in Capability capability, CapType required, out Installation installation)
    {
        installation = new Installation { Source = source };
        if (Derivation.Derive<TMachine>(source, capability, out installation.Capability).IsGiven(out Refusal refusal))
            return refusal;
        return installation.Capability.Type == required ? default : Refusal.Of(SeL4Error.IllegalOperation);
    }

    private static Outcome InstallBuffer(KernelState* kernel, Slot* service, in Installation frame, Tcb* thread, ulong address)
    {
        thread->IpcBufferAddress = address;
        return Install(kernel, service, frame, &thread->IpcBufferFrame);
    }

    /// <summary>Replaces a capability in a TCB's slot.</summary>
    /// <remarks>Deleting the old one may delete the new one's source or the thread itself; then nothing is put in.</remarks>
    private static Outcome Install(KernelState* kernel, Slot* service, in Installation installation, Slot* slot)
    {
        Capability threadCap = service->Cap;
        Outcome outcome = Deletion<TMachine>.Delete(kernel, slot);
        if (outcome == Outcome.Done && installation.Source != null
            && installation.Capability.IsSameObjectAs(installation.Source->Cap) && threadCap.IsSameObjectAs(service->Cap))
            DerivationTree.InsertDerived(installation.Capability, installation.Source, slot);
        return outcome;
    }

    private static Result SetPriority(KernelState* kernel, in Invocation invocation, Tcb* thread)
    {
        ulong priority = invocation.Word(0);
        if (Authorise(invocation.Caps[0], priority).IsGiven(out Refusal refusal))
            return refusal;

        TMachine.SetPriority(kernel, thread, (int)priority);
        return Outcome.Done;
    }

    private static Result SetMCPriority(in Invocation invocation, Tcb* thread)
    {
        ulong priority = invocation.Word(0);
        if (Authorise(invocation.Caps[0], priority).IsGiven(out Refusal refusal))
            return refusal;

        thread->MaxControlledPriority = (int)priority;
        return Outcome.Done;
    }

    private static Result SetSchedParams(KernelState* kernel, in Invocation invocation, Tcb* thread)
    {
        ulong maxControlled = invocation.Word(0), priority = invocation.Word(1);
        if (Authorise(invocation.Caps[0], maxControlled).IsGiven(out Refusal refusal) || Authorise(invocation.Caps[0], priority).IsGiven(out refusal))
            return refusal;

        thread->MaxControlledPriority = (int)maxControlled;
        TMachine.SetPriority(kernel, thread, (int)priority);
        return Outcome.Done;
    }

    /// <summary>Checks that a thread's maximum controlled priority allows a priority (manual section "Scheduling").</summary>
    private static Refusal Authorise(Slot* authority, ulong priority)
    {
        if (authority->Cap.Type != CapType.Thread)
            return Refusal.InvalidCapability(1);
        ulong max = (ulong)authority->Cap.Thread->MaxControlledPriority;
        return priority <= max ? default : Refusal.Range(0, max);
    }

    /// <summary>Suspends a thread. One that suspends itself is answered first, so that it goes on behind its call when it is resumed.</summary>
    private static Outcome Suspend(KernelState* kernel, in Invocation invocation, Tcb* thread)
    {
        if (thread == invocation.Caller)
        {
            if (invocation.IsCall)
                Message.SetResult(thread, 0, default);
            thread->State = ThreadState.Running;
        }

        Threads<TMachine>.Suspend(kernel, thread);
        return Outcome.Done;
    }

    private static Outcome Resume(KernelState* kernel, Tcb* thread)
    {
        Threads<TMachine>.Resume(kernel, thread);
        return Outcome.Done;
    }

    private static Result BindNotification(KernelState* kernel, in Invocation invocation, Tcb* thread)
    {
        if (thread->BoundNotification != null)
            return Refusal.Of(SeL4Error.IllegalOperation);
        ref readonly Capability capability = ref invocation.Caps[0]->Cap;
        if (capability.Type != CapType.Notification || !capability.Has(CapRights.Read))
            return Refusal.Of(SeL4Error.IllegalOperation);
        Notification* notification = capability.Notification;
        if (notification->BoundThread != null || notification->State == NotificationState.Waiting
            || (notification->Receiver != null && notification->Receiver != thread))
            return Refusal.Of(SeL4Error.IllegalOperation);

        Signals<TMachine>.Bind(kernel, notification, thread);
        return Outcome.Done;
    }

    private static Result UnbindNotification(Tcb* thread)
    {
        if (thread->BoundNotification == null)
            return Refusal.Of(SeL4Error.IllegalOperation);
        Signals<TMachine>.Unbind(thread->BoundNotification);
        return Outcome.Done;
    }

    private static Result SetTlsBase(KernelState* kernel, in Invocation invocation, Tcb* thread)
    {
        Registers.SetTlsBase<TMachine>(kernel, invocation.Caller, thread, invocation.Word(0));
        return Outcome.Done;
    }

    private static Result SetFlags(in Invocation invocation, Tcb* thread)
    {
        var clear = (TcbFlags)invocation.Word(0);
        var set = (TcbFlags)invocation.Word(1);

        thread->Flags = (thread->Flags & ~clear) | (set & TcbFlags.FpuDisabled);
        return invocation.Answer((ulong)thread->Flags);
    }

    private static Result SetAffinity(KernelState* kernel, in Invocation invocation, Tcb* thread)
    {
        ulong processor = invocation.Word(0);
        if (processor >= kernel->Shared->ProcessorCount)
            return Refusal.Of(SeL4Error.IllegalOperation);

        TMachine.Move(kernel, thread, &kernel->Shared->Processors[processor]);
        return Outcome.Done;
    }

    /// <summary>Says what <c>TCB_CopyRegisters</c> does, as libsel4 packs its flags.</summary>
    [Flags]
    private enum CopyFlags : ulong
    {
        SuspendSource = 1,
        ResumeTarget = 2,
        Frame = 4,
        Integer = 8,
    }

    /// <summary>Says which capability goes into a TCB's slot; nothing if there is no source.</summary>
    private struct Installation
    {
        public Slot* Source;
        public Capability Capability;
    }
}
