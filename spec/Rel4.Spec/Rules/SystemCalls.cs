using System.Collections.Immutable;
using Rel4.Abi;
using Rel4.Spec.Methods;

namespace Rel4.Spec.Rules;

/// <summary>The rules of the system calls (manual, "System Calls").</summary>
public static class SystemCalls
{
    /// <summary>Bytes of the instruction that makes a system call.</summary>
    private const ulong TrapLength = 2;

    /// <summary>Executes a system call of the current thread, then leaves the kernel.</summary>
    public static SpecState Trap(SpecState s, SystemCallCommand call)
    {
        Thread caller = s.Thread(call.Thread);
        ulong rip = caller[Register.Rip];
        s = s.Put(caller.With(Register.Rdx, call.Number).With(Register.Rdi, call.Capability).With(Register.Rsi, call.Info)
            .With(Register.R10, call.Word0).With(Register.R8, call.Word1).With(Register.R9, call.Word2).With(Register.R15, call.Word3)
            .With(Register.Rip, rip + TrapLength) with { FaultIP = rip });
        return s.Perform(call.Thread, (Syscall)call.Number, call.Capability).Exit();
    }

    private static SpecState Perform(this SpecState s, ulong thread, Syscall number, ulong address) => number switch
    {
        Syscall.Call or Syscall.Send or Syscall.NBSend => s.Invoke(thread, number, address),
        Syscall.Recv => s.ReceiveFrom(thread, address, isBlocking: true),
        Syscall.NBRecv => s.ReceiveFrom(thread, address, isBlocking: false),
        Syscall.Reply => s.ReplyToCaller(thread),
        Syscall.ReplyRecv => s.ReplyToCaller(thread).ReceiveFrom(thread, address, isBlocking: true),
        Syscall.Yield => s.EndTurn(),
        Syscall.SetTlsBase => s.Put(s.Thread(thread).With(Register.FsBase, address)),
        _ => s.RaiseFault(thread, new UnknownSyscall((ulong)number)),
    };

    /// <summary>Sends a message to the object of a capability. A Call on a kernel object is answered by the kernel.</summary>
    private static SpecState Invoke(this SpecState s, ulong thread, Syscall number, ulong address)
    {
        MessageInfo info = new(s.Thread(thread)[Register.Rsi]);
        LookupResult invoked = s.FindSlot(thread, address);
        if (invoked.Failure is { } failure)
            return s.FailToSend(thread, number, address, failure);
        (ImmutableArray<SlotId> caps, ulong failedAddress, LookupFailure? extraFailure) = s.FindExtraCaps(thread, info);
        if (extraFailure is not null)
            return s.FailToSend(thread, number, failedAddress, extraFailure);
        ImmutableArray<ExtraCap> arguments = [.. caps.Select(slot => new ExtraCap(slot, s.Cap(slot)))];
        Invocation invocation = new(thread, number, invoked.Slot, info.Label, s.MessageOf(thread, info), arguments);
        bool isCall = number == Syscall.Call;
        try
        {
            (s, ImmutableArray<ulong> results) = s.Dispatch(invocation);
            if (s.FindThread(thread) is not { IsRunnable: true })
                return s;

            // One that stopped and resumed itself goes on behind the call like any other.
            s = s.SetState(thread, new Running());
            return isCall ? s.Deliver(thread, badge: 0, label: 0, results) : s;
        }
        catch (RefusalException refusal)
        {
            return isCall ? s.Deliver(thread, badge: 0, (ulong)refusal.Error, refusal.Words) : s;
        }
    }

    /// <summary>Does what a message asks of the object that its capability names.</summary>
    /// <exception cref="RefusalException">It can't be done; nothing has changed.</exception>
    private static (SpecState State, ImmutableArray<ulong> Results) Dispatch(this SpecState s, Invocation invocation)
    {
        bool isBlocking = invocation.Number != Syscall.NBSend;
        bool isCall = invocation.Number == Syscall.Call;
        switch (s.Cap(invocation.Slot))
        {
            case EndpointCap endpoint when endpoint.Rights.HasFlag(CapRights.Write):
                BlockedOnSend send = new(
                    endpoint.Address,
                    endpoint.Badge,
                    endpoint.Rights.HasFlag(CapRights.Grant),
                    endpoint.Rights.HasFlag(CapRights.GrantReply),
                    isCall);
                return (s.Send(invocation.Thread, send, isBlocking), []);
            case NotificationCap notification when isCall && NotificationMethods.IsMethod(invocation.Label):
                return s.InvokeNotification(invocation, notification);
            case NotificationCap notification when notification.Rights.HasFlag(CapRights.Write):
                return (s.Signal(notification.Address, notification.Badge), []);
            case ReplyCap { IsMaster: false } reply:
                return (s.Reply(invocation.Thread, invocation.Slot, reply), []);
            case UntypedCap untyped:
                return (s.InvokeUntyped(invocation, untyped), []);
            case CNodeCap node:
                return (s.InvokeCNode(invocation, node), []);
            case TcbCap tcb:
                return s.InvokeTcb(invocation, tcb);
            case FrameCap or VSpaceCap:
                throw RefusalException.IllegalOperation();
            default:
                throw RefusalException.InvalidCapability(0);
        }
    }

    /// <summary>Receives on an endpoint or waits on a notification; on anything else the thread faults.</summary>
    private static SpecState ReceiveFrom(this SpecState s, ulong thread, ulong address, bool isBlocking)
    {
        LookupResult found = s.FindSlot(thread, address);
        if (found.Failure is { } failure)
            return s.RaiseFault(thread, new CapFault(address, InReceivePhase: true, failure));
        return s.Cap(found.Slot) switch
        {
            EndpointCap cap when cap.Rights.HasFlag(CapRights.Read) => s.Receive(thread, cap, isBlocking),
            NotificationCap cap when cap.Rights.HasFlag(CapRights.Read) && s.MayWait(thread, cap.Address) =>
                s.Wait(thread, cap.Address, isBlocking),
            _ => s.RaiseFault(thread, new CapFault(address, InReceivePhase: true, LookupFailure.MissingCapability(0))),
        };
    }

    /// <summary>
    /// Tells whether a thread may wait on a notification: not if it is another's, bound to it or received by it (manual, "Binding
    /// Notifications").
    /// </summary>
    private static bool MayWait(this SpecState s, ulong thread, ulong notification) =>
        (s.Notification(notification).BoundThread ?? thread) == thread
        && (s.ReceiverOf(notification) ?? thread) == thread;

    /// <summary>Ends a send whose capabilities could not be found.</summary>
    /// <remarks>A non-blocking one ends silently (manual, "Capability Faults").</remarks>
    private static SpecState FailToSend(this SpecState s, ulong thread, Syscall number, ulong address, LookupFailure failure) =>
        number == Syscall.NBSend ? s : s.RaiseFault(thread, new CapFault(address, InReceivePhase: false, failure));
}
