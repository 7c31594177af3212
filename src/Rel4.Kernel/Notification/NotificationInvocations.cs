using System.Numerics;
using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Performs the methods of notifications, which are reL4's: the registration of U-notifications.</summary>
/// <remarks>They are methods only when called. A message sent to a notification with any label is a signal, as in seL4.</remarks>
internal static unsafe class NotificationInvocations<TMachine>
    where TMachine : struct, IKernelMachine
{
    public static bool IsMethod(InvocationLabel label) =>
        label is >= InvocationLabel.NotificationRegisterReceiver and <= InvocationLabel.NotificationUnregisterSender;

    public static Outcome Invoke(KernelState* kernel, in Invocation invocation)
    {
        ref readonly Capability capability = ref invocation.Service->Cap;
        bool isReceivers = invocation.Label is InvocationLabel.NotificationRegisterReceiver or InvocationLabel.NotificationUnregisterReceiver;
        if (!capability.Has(isReceivers ? CapRights.Read : CapRights.Write))
            return kernel->Fail(InvocationError.InvalidCapability(0));
        var notification = (Notification*)capability.Address;
        return invocation.Label switch
        {
            InvocationLabel.NotificationRegisterReceiver => RegisterReceiver(kernel, invocation, notification),
            InvocationLabel.NotificationUnregisterReceiver => UnregisterReceiver(kernel, notification),
            InvocationLabel.NotificationRegisterSender => RegisterSender(kernel, invocation, notification),
            _ => UnregisterSender(kernel, invocation),
        };
    }

    private static Outcome RegisterReceiver(KernelState* kernel, in Invocation invocation, Notification* notification)
    {
        if (!invocation.Has(words: 0, caps: 1))
            return kernel->Fail(SeL4Error.TruncatedMessage);
        if (invocation.Caps[0]->Cap.Type != CapType.Thread)
            return kernel->Fail(InvocationError.InvalidCapability(1));
        var thread = (Tcb*)invocation.Caps[0]->Cap.Address;
        if (notification->Receiver != 0 || thread->Receiver != 0
            || (notification->BoundThread != null && notification->BoundThread != thread)
            || HasOtherWaiters(notification, thread))
            return kernel->Fail(SeL4Error.IllegalOperation);

        Outcome outcome = UserInterrupts<TMachine>.RegisterReceiver(kernel, notification, thread, out ushort index);
        return outcome == Outcome.Done ? invocation.Answer(index) : outcome;
    }

    private static bool HasOtherWaiters(Notification* notification, Tcb* thread)
    {
        if (notification->State != NotificationState.Waiting)
            return false;
        ThreadQueue queue = notification->Queue;
        return queue.Head != thread || queue.Tail != thread;
    }

    private static Outcome UnregisterReceiver(KernelState* kernel, Notification* notification)
    {
        if (notification->Receiver == 0)
            return kernel->Fail(SeL4Error.IllegalOperation);
        UserInterrupts<TMachine>.UnregisterReceiver(kernel, notification->Receiver);
        return Outcome.Done;
    }

    private static Outcome RegisterSender(KernelState* kernel, in Invocation invocation, Notification* notification)
    {
        // A vector is a bit of the notification word, so that the receiver sees the same word by either way.
        if (!BitOperations.IsPow2(invocation.Service->Cap.Badge))
            return kernel->Fail(InvocationError.InvalidCapability(0));
        if (notification->Receiver == 0)
            return kernel->Fail(SeL4Error.IllegalOperation);
        Outcome outcome = UserInterrupts<TMachine>.RegisterSender(kernel, invocation.Caller, invocation.Service, out SenderHandle handle);
        return outcome == Outcome.Done ? invocation.Answer(handle.Raw) : outcome;
    }

    private static Outcome UnregisterSender(KernelState* kernel, in Invocation invocation)
    {
        ushort sender = UserInterrupts<TMachine>.FindSender(kernel, invocation.Caller, invocation.Service);
        if (sender == 0)
            return kernel->Fail(SeL4Error.IllegalOperation);
        UserInterrupts<TMachine>.UnregisterSender(kernel, sender);
        return Outcome.Done;
    }
}
