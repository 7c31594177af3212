using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Handles the system calls (manual section "System Calls").</summary>
internal static unsafe class SystemCalls<TMachine>
    where TMachine : struct, IKernelMachine
{
    /// <summary>Handles the system call of the current thread.</summary>
    public static void Handle(KernelState* kernel)
    {
        Tcb* thread = kernel->Current;
        switch ((Syscall)thread->Context.Rdx)
        {
            case Syscall.Call:
                Invoke(kernel, thread, InvokeFlags.Call | InvokeFlags.Block);
                break;
            case Syscall.ReplyRecv:
                Reply(kernel, thread);
                Receive(kernel, thread, Blocking.Yes);
                break;
            case Syscall.Send:
                Invoke(kernel, thread, InvokeFlags.Block);
                break;
            case Syscall.NBSend:
                Invoke(kernel, thread, InvokeFlags.None);
                break;
            case Syscall.Recv:
                Receive(kernel, thread, Blocking.Yes);
                break;
            case Syscall.Reply:
                Reply(kernel, thread);
                break;
            case Syscall.Yield:
                TMachine.Yield(kernel);
                break;
            case Syscall.NBRecv:
                Receive(kernel, thread, Blocking.No);
                break;
            case Syscall.SetTlsBase:
                TMachine.SaveRegisters(kernel, thread);
                thread->Context.FsBase = thread->Context.Rdi;
                TMachine.LoadRegisters(kernel, thread);
                break;
            default:
                if (!TMachine.TryDebug(kernel, thread))
                    FaultHandling<TMachine>.Raise(kernel, thread, Fault.UnknownSyscall(thread->Context.Rdx));
                break;
        }
    }

    private static void Reply(KernelState* kernel, Tcb* thread)
    {
        if (!thread->Caller.IsEmpty)
            Replies.Send<TMachine>(kernel, thread, &thread->Caller);
    }

    private static void Receive(KernelState* kernel, Tcb* thread, Blocking mayBlock)
    {
        ulong address = thread->Context.Rdi;
        Slot* slot = CSpace.LookupSlot(thread, address);
        if (slot == null)
        {
            FaultHandling<TMachine>.Raise(kernel, thread, Fault.Capability(address, Fault.Phase.Receive, CSpace.FailureOf(thread, address)));
            return;
        }

        Capability capability = slot->Cap;
        if (!MayReceive(thread, capability))
        {
            FaultHandling<TMachine>.Raise(
                kernel, thread, Fault.Capability(address, Fault.Phase.Receive, LookupFailure.MissingCapability(0)));
            return;
        }

        if (capability.Type == CapType.Notification)
        {
            Signals<TMachine>.Wait(kernel, thread, capability.Notification, mayBlock);
            return;
        }

        Replies.ForgetCaller<TMachine>(kernel, thread);
        Rendezvous<TMachine>.Receive(kernel, thread, capability, mayBlock);
    }

    /// <summary>Tells whether a capability allows a thread to receive. A notification that belongs to one thread is waited for by no other.</summary>
    private static bool MayReceive(Tcb* thread, in Capability capability)
    {
        if (capability.Type == CapType.Endpoint)
            return capability.Has(CapRights.Read);
        if (capability.Type != CapType.Notification || !capability.Has(CapRights.Read))
            return false;
        Notification* notification = capability.Notification;
        return (notification->BoundThread == null || notification->BoundThread == thread)
            && (notification->Receiver == 0 || notification->Receiver == thread->Receiver);
    }

    private static void Invoke(KernelState* kernel, Tcb* thread, InvokeFlags flags)
    {
        var info = new MessageInfo(thread->Context.Rsi);
        ulong address = thread->Context.Rdi;
        Slot* slot = CSpace.LookupSlot(thread, address);
        ExtraCaps caps = default;
        IpcBuffer* buffer = Message.Buffer(thread, CapRights.Read);
        if (slot == null || (info.ExtraCaps != 0 && !Message.LookupExtraCaps(thread, buffer, info, out caps, out address)))
        {
            if ((flags & InvokeFlags.Block) != 0)
                FaultHandling<TMachine>.Raise(
                    kernel, thread, Fault.Capability(address, Fault.Phase.Send, CSpace.FailureOf(thread, address)));
            return;
        }

        ref readonly Capability capability = ref slot->Cap;
        bool isCall = (flags & InvokeFlags.Call) != 0;
        switch (capability.Type)
        {
            case CapType.Endpoint when capability.Has(CapRights.Write):
                // A Call leaves its caller waiting, or stopped.
                Rendezvous<TMachine>.Send(
                    kernel, thread, capability.Endpoint, capability.Badge, SendFlags(capability, isCall),
                    (flags & InvokeFlags.Block) != 0 ? Blocking.Yes : Blocking.No);
                return;
            case CapType.Notification when capability.Has(CapRights.Write) && !IsNotificationMethod(info, isCall):
                Signals<TMachine>.Signal(kernel, capability.Notification, capability.Badge);
                break;
            case CapType.Reply when !capability.IsMasterReply:
                Replies.Send<TMachine>(kernel, thread, slot);
                break;
            default:
                InvokeMethod(kernel, new Invocation
                {
                    Label = (InvocationLabel)info.Label,
                    Length = Message.Delivered(buffer, info.Length),
                    Service = slot,
                    Caller = thread,
                    Buffer = buffer,
                    IsCall = isCall,
                    Caps = caps,
                });
                return;
        }

        if (isCall)
            Message.SetResult(thread, 0, default);
    }

    private static bool IsNotificationMethod(MessageInfo info, bool isCall) =>
        isCall && NotificationInvocations<TMachine>.IsMethod((InvocationLabel)info.Label);

    private static void InvokeMethod(KernelState* kernel, in Invocation invocation)
    {
        // Until it is done, the thread would begin it anew.
        Tcb* thread = invocation.Caller;
        thread->State = ThreadState.Restart;
        Result result = Dispatch(kernel, invocation);
        if (result.Outcome == Outcome.Preempted || thread->State != ThreadState.Restart)
            return;
        if (invocation.IsCall && result.Outcome != Outcome.Replied)
            Answer(thread, result.Refusal);
        thread->State = ThreadState.Running;
    }

    private static Result Dispatch(KernelState* kernel, in Invocation invocation) => invocation.Service->Cap.Type switch
    {
        CapType.Notification when invocation.IsCall && NotificationInvocations<TMachine>.IsMethod(invocation.Label) =>
            NotificationInvocations<TMachine>.Invoke(kernel, invocation),
        CapType.Thread => ThreadInvocations<TMachine>.Invoke(kernel, invocation),
        CapType.CNode => CNodeInvocations<TMachine>.Invoke(kernel, invocation),
        CapType.Untyped => UntypedInvocations<TMachine>.Invoke(kernel, invocation),
        >= CapType.Frame => TMachine.Invoke(kernel, invocation),
        _ => Refusal.InvalidCapability(0),
    };

    private static BlockingFlags SendFlags(in Capability endpoint, bool isCall)
    {
        BlockingFlags flags = isCall ? BlockingFlags.Call : BlockingFlags.None;
        if (endpoint.Has(CapRights.Grant))
            flags |= BlockingFlags.Grant;
        if (endpoint.Has(CapRights.GrantReply))
            flags |= BlockingFlags.GrantReply;
        return flags;
    }

    /// <summary>Tells a caller that its invocation is done, or why it was refused.</summary>
    private static void Answer(Tcb* caller, Refusal refusal)
    {
        var writer = new MessageWriter(caller, Message.Buffer(caller, CapRights.ReadWrite));
        refusal.WriteTo(ref writer);
        Message.SetResult(caller, 0, new MessageInfo((ulong)refusal.Code, 0, 0, writer.Length));
    }

    [Flags]
    private enum InvokeFlags
    {
        None = 0,
        Call = 1,
        Block = 2,
    }
}
