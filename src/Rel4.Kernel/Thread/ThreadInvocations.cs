using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Performs the methods of threads (<c>seL4_TCB_*</c>).</summary>
internal static unsafe class ThreadInvocations<TMachine>
    where TMachine : struct, IKernelMachine
{
    public static Outcome Invoke(KernelState* kernel, in Invocation invocation)
    {
        Tcb* thread = invocation.Service->Cap.Thread;
        return invocation.Label switch
        {
            InvocationLabel.TcbReadRegisters => ReadRegisters(kernel, invocation, thread),
            InvocationLabel.TcbWriteRegisters => WriteRegisters(kernel, invocation, thread),
            InvocationLabel.TcbCopyRegisters => CopyRegisters(kernel, invocation, thread),
            InvocationLabel.TcbConfigure => Configure(kernel, invocation, thread),
            InvocationLabel.TcbSetPriority => SetPriority(kernel, invocation, thread),
            InvocationLabel.TcbSetMCPriority => SetMCPriority(kernel, invocation, thread),
            InvocationLabel.TcbSetSchedParams => SetSchedParams(kernel, invocation, thread),
            InvocationLabel.TcbSetIpcBuffer => SetIpcBuffer(kernel, invocation, thread),
            InvocationLabel.TcbSetSpace => SetSpace(kernel, invocation, thread),
            InvocationLabel.TcbSuspend => Suspend(kernel, invocation, thread),
            InvocationLabel.TcbResume => Resume(kernel, thread),
            InvocationLabel.TcbBindNotification => BindNotification(kernel, invocation, thread),
            InvocationLabel.TcbUnbindNotification => UnbindNotification(kernel, thread),
            InvocationLabel.TcbSetTlsBase => SetTlsBase(kernel, invocation, thread),
            InvocationLabel.TcbSetFlags => SetFlags(kernel, invocation, thread),
            InvocationLabel.TcbRegisterReceiver => ForNotification(kernel, invocation, thread, InvocationLabel.NotificationRegisterReceiver),
            InvocationLabel.TcbUnregisterReceiver => ForNotification(kernel, invocation, thread, InvocationLabel.NotificationUnregisterReceiver),
            InvocationLabel.TcbRegisterSender => ForNotification(kernel, invocation, thread, InvocationLabel.NotificationRegisterSender),
            InvocationLabel.TcbUnregisterSender => ForNotification(kernel, invocation, thread, InvocationLabel.NotificationUnregisterSender),
            _ => kernel->Fail(SeL4Error.IllegalOperation),
        };
    }

    private static Outcome ForNotification(KernelState* kernel, in Invocation invocation, Tcb* thread, InvocationLabel method) =>
        NotificationInvocations<TMachine>.InvokeFor(kernel, invocation, thread, method);

    private static Outcome ReadRegisters(KernelState* kernel, in Invocation invocation, Tcb* thread)
    {
        if (!invocation.Has(words: 2))
            return kernel->Fail(SeL4Error.TruncatedMessage);
        bool suspend = (invocation.Word(0) & 1) != 0;
        ulong count = invocation.Word(1);
        if (count is < 1 or > UserContext.Count)
            return kernel->Fail(InvocationError.Range(1, UserContext.Count));
        if (thread == invocation.Caller)
            return kernel->Fail(SeL4Error.IllegalOperation);

        if (suspend)
            Threads<TMachine>.Suspend(kernel, thread);
        if (!invocation.IsCall)
            return Outcome.Done;
        var writer = new MessageWriter(invocation.Caller, Message.Buffer(invocation.Caller, CapRights.ReadWrite));
        for (int i = 0; i < (int)count; i++)
            writer.Add(Registers.Get(thread, i));
        Message.SetResult(invocation.Caller, 0, new MessageInfo(0, 0, 0, writer.Length));
        return Outcome.Replied;
    }

    private static Outcome WriteRegisters(KernelState* kernel, in Invocation invocation, Tcb* thread)
    {
        const int FirstRegister = 2;
        if (!invocation.Has(words: FirstRegister))
            return kernel->Fail(SeL4Error.TruncatedMessage);
        bool resume = (invocation.Word(0) & 1) != 0;
        ulong count = invocation.Word(1);
        if (invocation.Length - FirstRegister < count)
            return kernel->Fail(SeL4Error.TruncatedMessage);
        if (thread == invocation.Caller)
            return kernel->Fail(SeL4Error.IllegalOperation);

        for (int i = 0; i < (int)count && i < UserContext.Count; i++)
            Registers.Set(thread, i, invocation.Word(FirstRegister + i));
        if (resume)
            Threads<TMachine>.Resume(kernel, thread);
        return Outcome.Done;
    }

    private static Outcome CopyRegisters(KernelState* kernel, in Invocation invocation, Tcb* target)
    {
        if (!invocation.Has(words: 1, caps: 1))
            return kernel->Fail(SeL4Error.TruncatedMessage);
        var flags = (CopyFlags)invocation.Word(0);
        ref readonly Capability sourceCap = ref invocation.Caps[0]->Cap;
        if (sourceCap.Type != CapType.Thread)
            return kernel->Fail(InvocationError.InvalidCapability(1));
        Tcb* source = sourceCap.Thread;

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

    private static Outcome Configure(KernelState* kernel, in Invocation invocation, Tcb* thread)
    {
        if (!invocation.Has(words: 4, caps: 3))
            return kernel->Fail(SeL4Error.TruncatedMessage);
        ulong faultHandler = invocation.Word(0), buffer = invocation.Word(3);
        Installation frame = default;
        if ((buffer != 0 && !TryPrepareBuffer(kernel, invocation.Caps[2], buffer, out frame))
            || !TryPrepareCSpace(kernel, invocation.Caps[0], invocation.Word(1), out Installation cspace)
            || !TryPrepareVSpace(kernel, invocation.Caps[1], out Installation vspace))
            return Outcome.Failed;

        thread->FaultHandler = faultHandler;
        Outcome outcome = Install(kernel, invocation.Service, cspace, &thread->CSpaceRoot);
        if (outcome == Outcome.Done)
            outcome = Install(kernel, invocation.Service, vspace, &thread->VSpaceRoot);
        return outcome == Outcome.Done ? InstallBuffer(kernel, invocation.Service, frame, thread, buffer) : outcome;
    }

    private static Outcome SetSpace(KernelState* kernel, in Invocation invocation, Tcb* thread)
    {
        if (!invocation.Has(words: 3, caps: 2))
            return kernel->Fail(SeL4Error.TruncatedMessage);
        ulong faultHandler = invocation.Word(0);
        if (!TryPrepareCSpace(kernel, invocation.Caps[0], invocation.Word(1), out Installation cspace)
            || !TryPrepareVSpace(kernel, invocation.Caps[1], out Installation vspace))
            return Outcome.Failed;

        thread->FaultHandler = faultHandler;
        Outcome outcome = Install(kernel, invocation.Service, cspace, &thread->CSpaceRoot);
        return outcome == Outcome.Done ? Install(kernel, invocation.Service, vspace, &thread->VSpaceRoot) : outcome;
    }

    private static Outcome SetIpcBuffer(KernelState* kernel, in Invocation invocation, Tcb* thread)
    {
        if (!invocation.Has(words: 1, caps: 1))
            return kernel->Fail(SeL4Error.TruncatedMessage);
        ulong buffer = invocation.Word(0);
        Installation frame = default;
        if (buffer != 0 && !TryPrepareBuffer(kernel, invocation.Caps[0], buffer, out frame))
            return Outcome.Failed;

        return InstallBuffer(kernel, invocation.Service, frame, thread, buffer);
    }

    private static bool TryPrepareCSpace(KernelState* kernel, Slot* source, ulong data, out Installation installation)
    {
        Capability root = data == 0 ? source->Cap : source->Cap.WithData(data);
        return TryPrepare(kernel, source, root, CapType.CNode, out installation);
    }

    private static bool TryPrepareVSpace(KernelState* kernel, Slot* source, out Installation installation) =>
        TryPrepare(kernel, source, source->Cap, CapType.VSpace, out installation);

    private static bool TryPrepareBuffer(KernelState* kernel, Slot* source, ulong address, out Installation installation)
    {
        if (!TryPrepare(kernel, source, source->Cap, CapType.Frame, out installation))
            return false;
        if (installation.Capability.IsDevice)
            kernel->Error = InvocationError.Of(SeL4Error.IllegalOperation);
        else if (address % IpcBuffer.Size != 0)
            kernel->Error = InvocationError.Of(SeL4Error.AlignmentError);
        else
            return true;
        return false;
    }

    private static bool TryPrepare(KernelState* kernel, Slot* source, in Capability capability, CapType required, out Installation installation)
    {
        installation = new Installation { Source = source };
        if (!Derivation.TryDerive<TMachine>(kernel, source, capability, out installation.Capability))
            return false;
        if (installation.Capability.Type == required)
            return true;
        kernel->Error = InvocationError.Of(SeL4Error.IllegalOperation);
        return false;
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

    private static Outcome SetPriority(KernelState* kernel, in Invocation invocation, Tcb* thread)
    {
        if (!invocation.Has(words: 1, caps: 1))
            return kernel->Fail(SeL4Error.TruncatedMessage);
        ulong priority = invocation.Word(0);
        if (!TryAuthorise(kernel, invocation.Caps[0], priority))
            return Outcome.Failed;

        TMachine.SetPriority(kernel, thread, (int)priority);
        return Outcome.Done;
    }

    private static Outcome SetMCPriority(KernelState* kernel, in Invocation invocation, Tcb* thread)
    {
        if (!invocation.Has(words: 1, caps: 1))
            return kernel->Fail(SeL4Error.TruncatedMessage);
        ulong priority = invocation.Word(0);
        if (!TryAuthorise(kernel, invocation.Caps[0], priority))
            return Outcome.Failed;

        thread->MaxControlledPriority = (int)priority;
        return Outcome.Done;
    }

    private static Outcome SetSchedParams(KernelState* kernel, in Invocation invocation, Tcb* thread)
    {
        if (!invocation.Has(words: 2, caps: 1))
            return kernel->Fail(SeL4Error.TruncatedMessage);
        ulong maxControlled = invocation.Word(0), priority = invocation.Word(1);
        if (!TryAuthorise(kernel, invocation.Caps[0], maxControlled) || !TryAuthorise(kernel, invocation.Caps[0], priority))
            return Outcome.Failed;

        thread->MaxControlledPriority = (int)maxControlled;
        TMachine.SetPriority(kernel, thread, (int)priority);
        return Outcome.Done;
    }

    /// <summary>Checks that a thread's maximum controlled priority allows a priority (manual section "Scheduling").</summary>
    private static bool TryAuthorise(KernelState* kernel, Slot* authority, ulong priority)
    {
        if (authority->Cap.Type != CapType.Thread)
        {
            kernel->Error = InvocationError.InvalidCapability(1);
            return false;
        }

        int max = authority->Cap.Thread->MaxControlledPriority;
        if (priority <= (ulong)max)
            return true;
        kernel->Error = InvocationError.Range(0, (ulong)max);
        return false;
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

    private static Outcome BindNotification(KernelState* kernel, in Invocation invocation, Tcb* thread)
    {
        if (!invocation.Has(words: 0, caps: 1))
            return kernel->Fail(SeL4Error.TruncatedMessage);
        if (thread->BoundNotification != null)
            return kernel->Fail(SeL4Error.IllegalOperation);
        ref readonly Capability capability = ref invocation.Caps[0]->Cap;
        if (capability.Type != CapType.Notification || !capability.Has(CapRights.Read))
            return kernel->Fail(SeL4Error.IllegalOperation);
        Notification* notification = capability.Notification;
        if (notification->BoundThread != null || notification->State == NotificationState.Waiting
            || (notification->Receiver != 0 && notification->Receiver != thread->Receiver))
            return kernel->Fail(SeL4Error.IllegalOperation);

        Signals<TMachine>.Bind(kernel, notification, thread);
        return Outcome.Done;
    }

    private static Outcome UnbindNotification(KernelState* kernel, Tcb* thread)
    {
        if (thread->BoundNotification == null)
            return kernel->Fail(SeL4Error.IllegalOperation);
        Signals<TMachine>.Unbind(thread->BoundNotification);
        return Outcome.Done;
    }

    private static Outcome SetTlsBase(KernelState* kernel, in Invocation invocation, Tcb* thread)
    {
        if (!invocation.Has(words: 1))
            return kernel->Fail(SeL4Error.TruncatedMessage);

        TMachine.SaveRegisters(kernel, invocation.Caller);
        thread->Context.FsBase = invocation.Word(0);
        TMachine.LoadRegisters(kernel, invocation.Caller);
        return Outcome.Done;
    }

    private static Outcome SetFlags(KernelState* kernel, in Invocation invocation, Tcb* thread)
    {
        if (!invocation.Has(words: 2))
            return kernel->Fail(SeL4Error.TruncatedMessage);
        var clear = (TcbFlags)invocation.Word(0);
        var set = (TcbFlags)invocation.Word(1);

        thread->Flags = (thread->Flags & ~clear) | (set & TcbFlags.FpuDisabled);
        return invocation.Answer((ulong)thread->Flags);
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
