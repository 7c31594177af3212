using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>
/// Is a capability to a notification: a word of bits that signals set and a waiter takes (manual chapter "Notifications").
/// </summary>
/// <param name="CPtr">Address of the capability in the caller's CSpace.</param>
/// <remarks>Signalling needs the Write right, waiting Read. Faults as <see cref="EndpointCap"/>.</remarks>
public readonly partial record struct NotificationCap(ulong CPtr)
{
    /// <summary>Gets what was granted; null if that is unknown.</summary>
    internal HandleGrant? Granted { get; init; }

    /// <summary>Or-s the capability's badge into the word.</summary>
    /// <inheritdoc cref="SeL4.Signal" path="/remarks"/>
    /// <exception cref="InvalidOperationException">
    /// It was granted without the Write right. Or the process has no machine, or the thread no IPC buffer.
    /// </exception>
    /// <exception cref="SeL4FaultException">The capability leads nowhere, and the thread has no handler for faults.</exception>
    /// <exception cref="KernelEndedException">The kernel has ended, or no longer serves the thread.</exception>
    public void Signal()
    {
        Granted?.RequireToSignal();
        SeL4.Signal(CPtr);
    }

    /// <summary>Waits for a signal and takes the word.</summary>
    /// <inheritdoc cref="SeL4.Wait" path="/remarks"/>
    /// <inheritdoc cref="EndpointCap.Receive" path="/exception"/>
    public ulong Wait()
    {
        SeL4.Wait(CPtr, out ulong word);
        return word;
    }

    /// <summary>Takes the word if there was a signal.</summary>
    /// <returns>0 if there was none, or only such without a badge.</returns>
    /// <inheritdoc cref="SeL4.Poll" path="/remarks"/>
    /// <inheritdoc cref="EndpointCap.Receive" path="/exception"/>
    public ulong Poll()
    {
        SeL4.Poll(CPtr, out ulong word);
        return word;
    }

    /// <summary>Makes a thread the receiver of the notification's user interrupts.</summary>
    /// <returns>Its number, if the machine numbers its receivers, and 0 else.</returns>
    /// <inheritdoc cref="SeL4.Notification_RegisterReceiver" path="/remarks"/>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.Notification_RegisterReceiver"/> lists.</exception>
    public ulong RegisterReceiver(TcbCap thread)
    {
        SeL4Error error = SeL4.Notification_RegisterReceiver(CPtr, thread.CPtr, out ulong receiver);
        SeL4Exception.ThrowIfFailed(error, InvocationLabel.NotificationRegisterReceiver, CPtr);
        return receiver;
    }

    /// <summary>Ends the registration of the receiver and of all senders.</summary>
    /// <inheritdoc cref="SeL4.Notification_UnregisterReceiver" path="/remarks"/>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.Notification_UnregisterReceiver"/> lists.</exception>
    public void UnregisterReceiver() =>
        SeL4Exception.ThrowIfFailed(SeL4.Notification_UnregisterReceiver(CPtr), InvocationLabel.NotificationUnregisterReceiver, CPtr);

    /// <summary>Gives the calling thread a handle with which it signals without entering the kernel.</summary>
    /// <inheritdoc cref="SeL4.Notification_RegisterSender" path="/remarks"/>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.Notification_RegisterSender"/> lists.</exception>
    public SenderHandle RegisterSender()
    {
        SeL4Error error = SeL4.Notification_RegisterSender(CPtr, out SenderHandle sender);
        SeL4Exception.ThrowIfFailed(error, InvocationLabel.NotificationRegisterSender, CPtr);
        return sender;
    }

    /// <summary>Takes back the calling thread's handle.</summary>
    /// <inheritdoc cref="SeL4.Notification_UnregisterSender" path="/remarks"/>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.Notification_UnregisterSender"/> lists.</exception>
    public void UnregisterSender() =>
        SeL4Exception.ThrowIfFailed(SeL4.Notification_UnregisterSender(CPtr), InvocationLabel.NotificationUnregisterSender, CPtr);

    /// <summary>Tells whether two handles name the same capability.</summary>
    public bool Equals(NotificationCap other) => CPtr == other.CPtr;

    /// <inheritdoc/>
    public override int GetHashCode() => CPtr.GetHashCode();
}
