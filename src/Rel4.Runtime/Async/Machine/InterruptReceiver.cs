namespace Rel4.Runtime;

/// <summary>Takes signals in user mode: the receiving half of a U-notification.</summary>
/// <remarks>
/// For use by one thread at a time, that of the executor whose <see cref="InterruptParking"/> it was added to. The thread that it is registered for need
/// not run: it is the address that signals go to.
/// </remarks>
internal abstract class InterruptReceiver : IDisposable
{
    /// <summary>Gets or sets who is told of bits that arrived; null for the receiver of an executor's doorbells.</summary>
    public Action<ulong>? Arrived { get; set; }

    /// <summary>Gets whether nothing more will arrive: the notification is gone, or the kernel.</summary>
    public abstract bool IsClosed { get; }

    /// <summary>Gets a number that grows after the kernel has closed a sender of this process: its peer has died, or was taken away.</summary>
    /// <remarks>Whoever sees a new number sees <see cref="InterruptSender.IsClosed"/> of that sender, and a parked thread is woken for it.</remarks>
    public abstract uint SendersClosed { get; }

    /// <summary>Takes all pending bits, without entering the kernel.</summary>
    public abstract ulong Take();

    /// <inheritdoc/>
    public abstract void Dispose();
}
