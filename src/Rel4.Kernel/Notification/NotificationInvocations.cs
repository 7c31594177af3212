using System.Numerics;
using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Performs the methods of notifications, which are reL4's: the registration of U-notifications.</summary>
/// <remarks>
/// They are methods only when called: a message sent to a notification with any label is a signal, as in seL4. Each can be invoked on the thread as
/// well, with the notification as the argument.
/// </remarks>
internal static unsafe class NotificationInvocations<TMachine>
    where TMachine : struct, IScheduler, IUserInterruptController
{
    // Who says how it is interrupted says both.
    private const uint HandlerWords = 2;

    public static bool IsMethod(InvocationLabel label) =>
        label is >= InvocationLabel.NotificationRegisterReceiver and <= InvocationLabel.NotificationUnregisterSender;

    public static Result Invoke(KernelState* kernel, in Invocation invocation)
    {
        if (!HasRight(invocation.Label, invocation.Service))
            return Refusal.InvalidCapability(0);
        if (invocation.Label != InvocationLabel.NotificationRegisterReceiver)
            return Perform(kernel, invocation, invocation.Label, invocation.Service, invocation.Caller, number: 0);
        if (!invocation.Has(words: 0, caps: 1))
            return Refusal.Of(SeL4Error.TruncatedMessage);
        return invocation.Caps[0]->Cap.Type == CapType.Thread
            ? Perform(kernel, invocation, invocation.Label, invocation.Service, invocation.Caps[0]->Cap.Thread, number: 0)
            : Refusal.InvalidCapability(1);
    }

    /// <summary>Performs one of them invoked on the thread, with the notification as the argument.</summary>
    /// <remarks>Who invokes a capability gives it the message. So one that a peer sent, and that may lead anywhere, is an argument only.</remarks>
    public static Result InvokeFor(KernelState* kernel, in Invocation invocation, Tcb* thread, InvocationLabel method)
    {
        Slot* slot = invocation.Caps[0];
        if (slot->Cap.Type != CapType.Notification || !HasRight(method, slot))
            return Refusal.InvalidCapability(1);
        // Another thread's registration is ended by invoking that, or the notification.
        if (method == InvocationLabel.NotificationUnregisterReceiver && thread != slot->Cap.Notification->Receiver)
            return Refusal.Of(SeL4Error.IllegalOperation);
        return Perform(kernel, invocation, method, slot, thread, number: 1);
    }

    /// <summary>Takes the sender back that a handle names, closed or not. A stale one names none.</summary>
    public static Result UnregisterSender(KernelState* kernel, Tcb* thread, SenderHandle handle) =>
        UnregisterSender(kernel, UserInterrupts<TMachine>.FindSender(kernel, thread, handle));

    private static bool HasRight(InvocationLabel method, Slot* slot) => slot->Cap.Has(
        method is InvocationLabel.NotificationRegisterReceiver or InvocationLabel.NotificationUnregisterReceiver ? CapRights.Read : CapRights.Write);

    /// <param name="kernel">The kernel.</param>
    /// <param name="invocation">Who waits for the answer.</param>
    /// <param name="method">Which, by the name that it has as the notification's.</param>
    /// <param name="slot">The slot of the notification.</param>
    /// <param name="thread">The thread that is, or is to be, its receiver or sender.</param>
    /// <param name="number">The number of the notification's capability among those of the message, for errors.</param>
    private static Result Perform(
        KernelState* kernel, in Invocation invocation, InvocationLabel method, Slot* slot, Tcb* thread, ulong number)
    {
        Notification* notification = slot->Cap.Notification;
        return method switch
        {
            InvocationLabel.NotificationRegisterReceiver => RegisterReceiver(kernel, invocation, notification, thread),
            InvocationLabel.NotificationUnregisterReceiver => UnregisterReceiver(kernel, notification),
            InvocationLabel.NotificationRegisterSender => RegisterSender(kernel, invocation, slot, thread, number),
            _ => UnregisterSender(kernel, UserInterrupts<TMachine>.FindSender(kernel, thread, slot)),
        };
    }

    private static Result RegisterReceiver(KernelState* kernel, in Invocation invocation, Notification* notification, Tcb* thread)
    {
        if (notification->Receiver != null || thread->ReceivedNotification != null
            || (notification->BoundThread != null && notification->BoundThread != thread)
            || HasOtherWaiters(notification, thread))
            return Refusal.Of(SeL4Error.IllegalOperation);

        Interruption interruption = invocation.Has(HandlerWords) ? new Interruption(invocation.Word(0), invocation.Word(1)) : default;
        return UserInterrupts<TMachine>.RegisterReceiver(kernel, notification, thread, interruption).IsGiven(out Refusal refusal)
            ? refusal : invocation.Answer(thread->ReceiverNumber);
    }

    private static bool HasOtherWaiters(Notification* notification, Tcb* thread)
    {
        if (notification->State != NotificationState.Waiting)
            return false;
        ThreadQueue queue = notification->Queue;
        return queue.Head != thread || queue.Tail != thread;
    }

    private static Result UnregisterReceiver(KernelState* kernel, Notification* notification)
    {
        if (notification->Receiver == null)
            return Refusal.Of(SeL4Error.IllegalOperation);
        return UserInterrupts<TMachine>.UnregisterReceiver(kernel, notification->Receiver);
    }

    private static Result RegisterSender(KernelState* kernel, in Invocation invocation, Slot* slot, Tcb* thread, ulong number)
    {
        // A vector is a bit of the notification word, so that the receiver sees the same word by either way.
        if (!BitOperations.IsPow2(slot->Cap.Badge))
            return Refusal.InvalidCapability(number);
        if (slot->Cap.Notification->Receiver == null)
            return Refusal.Of(SeL4Error.IllegalOperation);

        return UserInterrupts<TMachine>.RegisterSender(kernel, thread, slot, out SenderHandle handle).IsGiven(out Refusal refusal)
            ? refusal : invocation.Answer(handle.Raw);
    }

    private static Result UnregisterSender(KernelState* kernel, Sender* sender)
    {
        if (sender == null)
            return Refusal.Of(SeL4Error.IllegalOperation);
        UserInterrupts<TMachine>.UnregisterSender(kernel, sender);
        return Outcome.Done;
    }
}
