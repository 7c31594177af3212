namespace Rel4.Runtime;

/// <summary>Signals a notification from user mode: the sending half of a U-notification.</summary>
/// <remarks>For use by one thread at a time.</remarks>
internal abstract class InterruptSender : IDisposable
{
    /// <summary>Gets whether posts reach nobody any more: the receiver has died, or the capability was taken away.</summary>
    public abstract bool IsClosed { get; }

    /// <summary>Signals. Enters the kernel only to wake a thread that sleeps; never blocks.</summary>
    /// <returns>False if the registration has ended: the signal reached nobody.</returns>
    public abstract bool TryPost();

    /// <inheritdoc/>
    public abstract void Dispose();
}
