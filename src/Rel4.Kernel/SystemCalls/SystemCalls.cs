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
        Slot* slot = CSpace.LookupSlot(kernel, thread, address);
        if (slot == null)
        {
            FaultHandling<TMachine>.Raise(kernel, thread, Fault.Capability(address, Fault.Phase.Receive, kernel->LookupFailure));
            return;
        }

        Capability capability = slot->Cap;
        if (!MayReceive(kernel, thread, capability))
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
    private static bool MayReceive(KernelState* kernel, Tcb* thread, in Capability capability)
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
        Slot* slot = CSpace.LookupSlot(kernel, thread, address);
        ExtraCaps caps = default;
        IpcBuffer* buffer = Message.Buffer(thread, CapRights.Read);
        if (slot == null || (info.ExtraCaps != 0 && !Message.LookupExtraCaps(kernel, thread, buffer, info, out caps, out address)))
        {
            if ((flags & InvokeFlags.Block) != 0)
                FaultHandling<TMachine>.Raise(kernel, thread, Fault.Capability(address, Fault.Phase.Send, kernel->LookupFailure));
            return;
        }

        // Until it is done, the thread would begin it anew.
        thread->State = ThreadState.Restart;
        Outcome outcome = Dispatch(kernel, new Invocation
        {
            Label = (InvocationLabel)info.Label,
            Length = Message.Delivered(buffer, info.Length),
            Service = slot,
            Caller = thread,
            Buffer = buffer,
            IsCall = (flags & InvokeFlags.Call) != 0,
            Caps = caps,
        }, flags);
        if (outcome == Outcome.Preempted || thread->State != ThreadState.Restart)
            return;
        if ((flags & InvokeFlags.Call) != 0)
            Answer(kernel, thread, outcome);
        thread->State = ThreadState.Running;
    }

    private static Outcome Dispatch(KernelState* kernel, in Invocation invocation, InvokeFlags flags)
    {
        ref readonly Capability capability = ref invocation.Service->Cap;
        switch (capability.Type)
        {
            case CapType.Endpoint when capability.Has(CapRights.Write):
                Rendezvous<TMachine>.Send(
                    kernel, invocation.Caller, capability.Endpoint, capability.Badge, SendFlags(capability, invocation.IsCall),
                    (flags & InvokeFlags.Block) != 0 ? Blocking.Yes : Blocking.No);
                return Outcome.Done;
            case CapType.Notification when invocation.IsCall && NotificationInvocations<TMachine>.IsMethod(invocation.Label):
                return NotificationInvocations<TMachine>.Invoke(kernel, invocation);
            case CapType.Notification when capability.Has(CapRights.Write):
                Signals<TMachine>.Signal(kernel, capability.Notification, capability.Badge);
                return Outcome.Done;
            case CapType.Reply when !capability.IsMasterReply:
                Replies.Send<TMachine>(kernel, invocation.Caller, invocation.Service);
                return Outcome.Done;
            case CapType.Thread:
                return ThreadInvocations<TMachine>.Invoke(kernel, invocation);
            case CapType.CNode:
                return CNodeInvocations<TMachine>.Invoke(kernel, invocation);
            case CapType.Untyped:
                return UntypedInvocations<TMachine>.Invoke(kernel, invocation);
            case >= CapType.Frame:
                return TMachine.Invoke(kernel, invocation);
            default:
                return kernel->Fail(InvocationError.InvalidCapability(0));
        }
    }

    private static BlockingFlags SendFlags(in Capability endpoint, bool isCall)
    {
        BlockingFlags flags = isCall ? BlockingFlags.Call : BlockingFlags.None;
        if (endpoint.Has(CapRights.Grant))
            flags |= BlockingFlags.Grant;
        if (endpoint.Has(CapRights.GrantReply))
            flags |= BlockingFlags.GrantReply;
        return flags;
    }

    /// <summary>Tells a caller how its invocation ended.</summary>
    private static void Answer(KernelState* kernel, Tcb* caller, Outcome outcome)
    {
        if (outcome == Outcome.Replied)
            return;
        if (outcome == Outcome.Done)
        {
            Message.SetResult(caller, 0, default);
            return;
        }

        ref readonly InvocationError error = ref kernel->Error;
        var writer = new MessageWriter(caller, Message.Buffer(caller, CapRights.ReadWrite));
        for (uint i = 0; i < error.Length; i++)
            writer.Add(i == 0 ? error.Word0 : error.Word1);
        writer.Add(error.Lookup);
        Message.SetResult(caller, 0, new MessageInfo((ulong)error.Code, 0, 0, writer.Length));
    }

    [Flags]
    private enum InvokeFlags
    {
        None = 0,
        Call = 1,
        Block = 2,
    }
}
