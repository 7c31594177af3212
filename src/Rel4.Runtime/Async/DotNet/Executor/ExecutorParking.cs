namespace Rel4.Runtime;

/// <summary>Is how a machine puts an executor's thread to sleep and wakes it.</summary>
/// <remarks>
/// <para>
/// The protocol. Parking: <see cref="PreparePark"/> (show parked; FENCE), look at the injected work and the doorbells, nothing there:
/// <see cref="Sleep"/>; in either case <see cref="EndPark"/>. Waking: publish; FENCE; <see cref="Wake"/> (parked? then wake the sleeper).
/// With both fences, either the waker sees "parked" or the parker sees what was published. A wake that comes between PreparePark and Sleep
/// is remembered: Sleep returns at once. Sleep may also return for no reason.
/// </para>
/// <para>All members but <see cref="Wake"/> are called on the executor's thread only. One parking serves one executor.</para>
/// </remarks>
internal abstract class ExecutorParking
{
    /// <summary>Gets what it costs to wake a sleeping executor, from the ring to its first instruction.</summary>
    /// <remarks>An executor spins for a few times of it at most before it parks. A machine measures it at start and may correct it while it
    /// runs.</remarks>
    public abstract TimeSpan WakeUpCost { get; }

    /// <summary>Gets whether spinning takes the core from nobody who could bring work: not on one core, nor where the peer shares
    /// ours.</summary>
    public abstract bool MaySpin { get; }

    /// <summary>Gets the processor that the executor's thread runs on, as far as is known.</summary>
    public virtual int Processor => Thread.GetCurrentProcessorId();

    /// <summary>Lets other threads that wait for this processor have it first.</summary>
    public virtual void YieldProcessor() => Thread.Yield();

    /// <summary>Shows everybody that the executor needs to be woken from now on; ends with a full fence.</summary>
    public abstract void PreparePark();

    /// <summary>Sleeps until somebody wakes the executor or a doorbell rings, or the timeout is over.</summary>
    /// <param name="timeout">The limit; <see cref="Timeout.InfiniteTimeSpan"/> for none.</param>
    public abstract void Sleep(TimeSpan timeout);

    /// <summary>Shows that the executor looks for work by itself again.</summary>
    public abstract void EndPark();

    /// <summary>Wakes the executor if it is parked or about to park; else does nothing.</summary>
    /// <remarks>Any thread. The caller has published its work and put a full fence after that.</remarks>
    public abstract void Wake();

    /// <summary>Takes the doorbells that rang since the last time, one bit each.</summary>
    /// <remarks>Called every few turns, and while there is nothing to do: one load where nothing rang.</remarks>
    public abstract ulong TakeDoorbells();
}
