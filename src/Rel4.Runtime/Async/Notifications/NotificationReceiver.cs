using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Makes this process the receiver of a notification's user interrupts.</summary>
internal static class NotificationReceiver
{
    /// <summary>Registers a thread object made for it, which never runs: it is the address that signals go to, and executors take them there.</summary>
    /// <remarks>A thread receives for one notification (<see cref="SeL4.Notification_RegisterReceiver"/>), and an executor for any number.</remarks>
    /// <exception cref="SeL4Exception">The Read right is missing, or the notification has a receiver already.</exception>
    /// <exception cref="InvalidOperationException">Memory, slots or descriptors have run out.</exception>
    public static InterruptReceiver Register(AsyncMachine machine, Notification notification)
    {
        Tcb address = machine.Threads.MakeThread();
        ulong receiver;
        try
        {
            receiver = notification.RegisterReceiver(address);
        }
        catch (SeL4Exception)
        {
            machine.Threads.ReturnThread(address);
            throw;
        }

        return machine.OpenReceiver(receiver);
    }
}
