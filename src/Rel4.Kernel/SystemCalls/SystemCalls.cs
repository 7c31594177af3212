using System.Runtime.CompilerServices;
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
                if (thread->BatchFrame.IsEmpty || TryPerformBatch(kernel, thread))
                    Receive(kernel, thread, Blocking.Yes);
                break;
            case Syscall.Send:
                Invoke(kernel, thread, InvokeFlags.Block);
                break;
            case Syscall.NBSend:
                Invoke(kernel, thread, InvokeFlags.None);
                break;
            case Syscall.Recv:
                // First, since a call in it may be about what it waits for.
                if (thread->BatchFrame.IsEmpty || TryPerformBatch(kernel, thread))
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
                Registers.SetTlsBase<TMachine>(kernel, thread, thread, thread->Context.Rdi);
                break;
            default:
                HandleOther(kernel, thread);
                break;
        }
    }

    // What nobody makes often, so that the others need no look at it.
    private static void HandleOther(KernelState* kernel, Tcb* thread)
    {
        if ((Syscall)thread->Context.Rdx == Syscall.PerformBatch)
            PerformBatch(kernel, thread);
        else if (!TMachine.TryDebug(kernel, thread))
            RaiseUnknown(kernel, thread);
    }

    private static void PerformBatch(KernelState* kernel, Tcb* thread)
    {
        thread->State = ThreadState.Restart;
        Finish(thread, Batch<TMachine>.Perform(kernel, thread), isCall: true);
    }

    /// <summary>Performs what is in the current thread's batch before a call in which it may wait.</summary>
    /// <returns>False if that call does not go on: it is repeated, or the thread was stopped or deleted.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool TryPerformBatch(KernelState* kernel, Tcb* thread)
    {
        thread->State = ThreadState.Restart;
        Finish(thread, Batch<TMachine>.Perform(kernel, thread), isCall: false);
        return thread->State == ThreadState.Running;
    }

    private static void Reply(KernelState* kernel, Tcb* thread)
    {
        if (!thread->Caller.IsEmpty)
            Replies.Send<TMachine>(kernel, thread, &thread->Caller);
    }

    private static void Receive(KernelState* kernel, Tcb* thread, Blocking mayBlock)
    {
        Slot* slot = CSpace.LookupSlot(thread, thread->Context.Rdi);
        if (slot == null || !MayReceive(thread, slot->Cap))
            RaiseReceiveFault(kernel, thread, slot);
        else if (slot->Cap.Type == CapType.Notification)
            Signals<TMachine>.Wait(kernel, thread, slot->Cap.Notification, mayBlock);
        else
            ReceiveMessage(kernel, thread, slot->Cap, mayBlock);
    }

    private static void ReceiveMessage(KernelState* kernel, Tcb* thread, Capability capability, Blocking mayBlock)
    {
        Replies.ForgetCaller<TMachine>(kernel, thread);
        Rendezvous<TMachine>.Receive(kernel, thread, capability, mayBlock);
    }

    /// <summary>Tells whether a capability allows a thread to receive. A notification that belongs to one thread is waited for by no other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool MayReceive(Tcb* thread, in Capability capability)
    {
        if (capability.Type == CapType.Endpoint)
            return capability.Has(CapRights.Read);
        if (capability.Type != CapType.Notification || !capability.Has(CapRights.Read))
            return false;
        Tcb* only = capability.Notification->Thread;
        return only == null || only == thread;
    }

    private static void Invoke(KernelState* kernel, Tcb* thread, InvokeFlags flags)
    {
        var info = new MessageInfo(thread->Context.Rsi);
        ulong address = thread->Context.Rdi;
        Slot* slot = CSpace.LookupSlot(thread, address);
        ExtraCaps caps = default;
        if (slot == null || (info.ExtraCaps != 0 && !Message.LookupExtraCaps(thread, info, out caps, out address)))
        {
            if ((flags & InvokeFlags.Block) != 0)
                RaiseSendFault(kernel, thread, address);
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
                InvokeMethod(kernel, thread, slot, caps, isCall);
                return;
        }

        if (isCall)
            Message.SetResult(thread, 0, default);
    }

    private static bool IsNotificationMethod(MessageInfo info, bool isCall) =>
        isCall && NotificationInvocations<TMachine>.IsMethod((InvocationLabel)info.Label);

    private static void InvokeMethod(KernelState* kernel, Tcb* thread, Slot* service, in ExtraCaps caps, bool isCall)
    {
        var info = new MessageInfo(thread->Context.Rsi);
        IpcBuffer* buffer = Message.Buffer(thread, CapRights.Read);

        // Until it is done, the thread would begin it anew.
        thread->State = ThreadState.Restart;
        Result result = Dispatch(kernel, new Invocation
        {
            Label = MethodLabels.Read(kernel, info.Label),
            Length = Message.Delivered(buffer, info.Length),
            Service = service,
            Caller = thread,
            Registers = &thread->Context,
            Buffer = buffer,
            IsCall = isCall,
            Caps = caps,
        });
        Finish(thread, result, isCall);
    }

    /// <summary>Lets a thread go on behind its call, with the answer, unless it is to repeat it or was stopped in it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(Tcb* thread, Result result, bool isCall)
    {
        if (result.Outcome == Outcome.Preempted || thread->State != ThreadState.Restart)
            return;
        if (isCall && result.Refusal.IsGiven(out Refusal refusal))
            Answer(thread, refusal);
        else if (isCall && result.Outcome == Outcome.Done)
            Message.SetResult(thread, 0, default);
        thread->State = ThreadState.Running;
    }

    /// <summary>Leads a method to the object whose it is.</summary>
    public static Result Dispatch(KernelState* kernel, in Invocation invocation) => invocation.Service->Cap.Type switch
    {
        // Without Write, or it would be a signal: so what is none of its methods is refused there.
        CapType.Notification when invocation.IsCall => NotificationInvocations<TMachine>.Invoke(kernel, invocation),
        CapType.Thread => ThreadInvocations<TMachine>.Invoke(kernel, invocation),
        CapType.CNode => CNodeInvocations<TMachine>.Invoke(kernel, invocation),
        CapType.Untyped => UntypedInvocations<TMachine>.Invoke(kernel, invocation),
        >= CapType.Frame => TMachine.Invoke(kernel, invocation),
        _ => Refusal.InvalidCapability(0),
    };

    private static BlockingFlags SendFlags(in Capability endpoint, bool isCall) =>
        (BlockingFlags)(endpoint.Rights & (CapRights.Grant | CapRights.GrantReply)) | (isCall ? BlockingFlags.Call : BlockingFlags.None);

    /// <summary>Tells a caller why its invocation was refused.</summary>
    private static void Answer(Tcb* caller, Refusal refusal)
    {
        var writer = new MessageWriter(caller, Message.Buffer(caller, CapRights.ReadWrite));
        refusal.WriteTo(ref writer);
        Message.SetResult(caller, 0, new MessageInfo((ulong)refusal.Code, 0, 0, writer.Length));
    }

    // Faults are raised by methods of their own, in whose frames they lie: whoever has none makes no room for one.

    private static void RaiseUnknown(KernelState* kernel, Tcb* thread) =>
        FaultHandling<TMachine>.Raise(kernel, thread, Fault.UnknownSyscall(thread->Context.Rdx));

    private static void RaiseSendFault(KernelState* kernel, Tcb* thread, ulong address) =>
        FaultHandling<TMachine>.Raise(kernel, thread, Fault.Capability(address, Fault.Phase.Send, CSpace.FailureOf(thread, address)));

    /// <param name="slot">The slot whose capability does not allow to receive; null if there is none.</param>
    private static void RaiseReceiveFault(KernelState* kernel, Tcb* thread, Slot* slot)
    {
        ulong address = thread->Context.Rdi;
        LookupFailure failure = slot == null ? CSpace.FailureOf(thread, address) : LookupFailure.MissingCapability(0);
        FaultHandling<TMachine>.Raise(kernel, thread, Fault.Capability(address, Fault.Phase.Receive, failure));
    }

    [Flags]
    private enum InvokeFlags
    {
        None = 0,
        Call = 1,
        Block = 2,
    }
}
