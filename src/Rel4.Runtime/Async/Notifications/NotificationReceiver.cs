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
    private readonly ulong _capability;
    private readonly NotificationCap _notification;
    private readonly TcbCap _address;

    // For the steward.
    private bool _isRegistered = true;

    private NotificationReceiver(KernelThreads threads, ulong capability, NotificationCap notification, TcbCap address, InterruptReceiver interrupts)
    {
        _threads = threads;
        _capability = capability;
        _notification = notification;
        _address = address;
        Interrupts = interrupts;
    }

    /// <summary>Gets what takes the signals.</summary>
    public InterruptReceiver Interrupts { get; }

    /// <summary>Registers. On a thread of the kernel.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="capability">The address of the capability for the notification.</param>
    /// <exception cref="SeL4Exception">The Read right is missing, or the notification has a receiver already.</exception>
    /// <exception cref="InvalidOperationException">Memory, slots or descriptors have run out, or the capability was taken away.</exception>
    public static NotificationReceiver Register(AsyncMachine machine, ulong capability) =>
        Register(machine, capability, new NotificationCap(machine.SlotOf(capability)));

    /// <summary>Registers for a notification that the runtime has made. On a thread of the kernel.</summary>
    /// <inheritdoc cref="Register(AsyncMachine, ulong)" path="/exception"/>
    public static NotificationReceiver RegisterOwn(AsyncMachine machine, NotificationCap notification) => Register(machine, notification.CPtr, notification);

    private static NotificationReceiver Register(AsyncMachine machine, ulong capability, NotificationCap notification)
    {
        KernelThreads threads = machine.Threads;
        TcbCap address = threads.MakeThread();
        bool isRegistered = false;
        try
        {
            ulong receiver = address.RegisterReceiver(notification);
            isRegistered = true;
            var registered = new NotificationReceiver(threads, capability, notification, address, machine.OpenReceiver(receiver));
            threads.Uses.Add(capability, registered);
            return registered;
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
            Unregister();
            _threads.ReturnThread(_address);
        });
    }

    /// <summary>Ends the registration, whose slot may be another's then. On the steward.</summary>
    public void Unregister()
    {
        if (!_isRegistered)
            return;
        _isRegistered = false;
        // Gone already if the notification is.
        _ = SeL4.TCB_UnregisterReceiver(_address.CPtr, _notification.CPtr);
        _threads.Uses.Remove(_capability, this);
    }
}
