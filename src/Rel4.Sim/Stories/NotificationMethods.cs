using Rel4.Abi;

namespace Rel4.Sim.Stories;

/// <summary>Invokes notifications.</summary>
internal static class NotificationMethods
{
    public static InvocationResult NotificationRegisterReceiver(this StoryThread thread, CPtr service, CPtr tcb) =>
        thread.Invoke(service, InvocationLabel.NotificationRegisterReceiver, [], tcb);

    public static InvocationResult NotificationUnregisterReceiver(this StoryThread thread, CPtr service) =>
        thread.Invoke(service, InvocationLabel.NotificationUnregisterReceiver);

    public static InvocationResult NotificationRegisterSender(this StoryThread thread, CPtr service) =>
        thread.Invoke(service, InvocationLabel.NotificationRegisterSender);

    public static InvocationResult NotificationUnregisterSender(this StoryThread thread, CPtr service) =>
        thread.Invoke(service, InvocationLabel.NotificationUnregisterSender);
}
