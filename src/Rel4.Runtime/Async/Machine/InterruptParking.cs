namespace Rel4.Runtime;

/// <summary>Parks an executor so that user interrupts wake it.</summary>
/// <remarks>
/// <see cref="ExecutorParking.TakeDoorbells"/> gives the bits of the doorbells' receiver, and hands those of every other one to its
/// <see cref="InterruptReceiver.Arrived"/>. Bit <see cref="Doorbells.PeersEnded"/> is set once whenever <see cref="InterruptReceiver.SendersClosed"/> has
/// grown, or the kernel has ended.
/// </remarks>
internal abstract class InterruptParking : ExecutorParking, IDisposable
{
    /// <summary>Adds a receiver that is to wake the executor as well.</summary>
    public abstract void Add(InterruptReceiver receiver);

    /// <summary>Takes a receiver out again, before it is disposed of.</summary>
    public abstract void Remove(InterruptReceiver receiver);

    /// <summary>Sleeps for something else, too, from now on: <see cref="ExecutorParking.TakeDoorbells"/> tells what is possible, and later what is new.</summary>
    /// <exception cref="InvalidOperationException">Memory or descriptors have run out.</exception>
    public abstract void Watch(IWatched watched);

    /// <summary>Tells again what is possible.</summary>
    public abstract void WatchAnew(IWatched watched);

    /// <summary>Ends what <see cref="Watch"/> began, before the descriptor is closed.</summary>
    public abstract void Unwatch(IWatched watched);

    /// <inheritdoc/>
    public abstract void Dispose();
}
