using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Is this process' registration as the receiver of a notification's user interrupts.</summary>
/// <remarks>
/// It is made for a thread object of its own, which never runs: that is the address that signals go to, and an executor takes them there. A thread
/// receives for one notification (<see cref="SeL4.TCB_RegisterReceiver(ulong, ulong, out ulong)"/>), and an executor for any number.
/// </remarks>
internal sealed class NotificationReceiver : IDisposable
{
    private readonly KernelThreads _threads;
    private readonly NotificationCap _notification;
    private readonly TcbCap _address;

    private NotificationReceiver(KernelThreads threads, NotificationCap notification, TcbCap address, InterruptReceiver interrupts)
    {
        _threads = threads;
        _notification = notification;
        _address = address;
        Interrupts = interrupts;
    }

    /// <summary>Gets what takes the signals.</summary>
    public InterruptReceiver Interrupts { get; }

    /// <summary>Registers. On a thread of the kernel.</summary>
    /// <exception cref="SeL4Exception">The Read right is missing, or the notification has a receiver already.</exception>
    /// <exception cref="InvalidOperationException">Memory, slots or descriptors have run out.</exception>
    public static NotificationReceiver Register(AsyncMachine machine, NotificationCap notification)
    {
        KernelThreads threads = machine.Threads;
        TcbCap address = threads.MakeThread();
        bool isRegistered = false;
        try
        {
            ulong receiver = address.RegisterReceiver(notification);
            isRegistered = true;
            return new NotificationReceiver(threads, notification, address, machine.OpenReceiver(receiver));
        }
        catch
        {
            if (isRegistered)
                _ = SeL4.TCB_UnregisterReceiver(address.CPtr, notification.CPtr);
            threads.ReturnThread(address);
            throw;
        }
    }

    /// <summary>Ends the registration. Signals go to the notification again.</summary>
    public void Dispose()
    {
        Interrupts.Dispose();
        _threads.Post(() =>
        {
            // Gone already if the notification is.
            _ = SeL4.TCB_UnregisterReceiver(_address.CPtr, _notification.CPtr);
            _threads.ReturnThread(_address);
        });
    }
}
