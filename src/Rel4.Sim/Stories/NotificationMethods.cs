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

    public static InvocationResult TcbRegisterReceiver(this StoryThread thread, CPtr service, CPtr notification) =>
        thread.Invoke(service, InvocationLabel.TcbRegisterReceiver, [], notification);

    public static InvocationResult TcbUnregisterReceiver(this StoryThread thread, CPtr service, CPtr notification) =>
        thread.Invoke(service, InvocationLabel.TcbUnregisterReceiver, [], notification);

    public static InvocationResult TcbRegisterSender(this StoryThread thread, CPtr service, CPtr notification) =>
        thread.Invoke(service, InvocationLabel.TcbRegisterSender, [], notification);

    public static InvocationResult TcbUnregisterSender(this StoryThread thread, CPtr service, CPtr notification) =>
        thread.Invoke(service, InvocationLabel.TcbUnregisterSender, [], notification);
}
