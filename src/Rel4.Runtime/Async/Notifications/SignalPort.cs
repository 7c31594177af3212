namespace Rel4.Runtime;

/// <summary>Signals one notification: in user mode once its receiver and this process are registered, through the kernel until then.</summary>
/// <remarks>On the executor's thread.</remarks>
internal sealed class SignalPort(AsyncMachine machine, Notification notification)
{
    private SharedSender? _sender;
    private long _untilRegistration;
    private long _kernelSignals;
    private int _isPosted;

    /// <summary>Gets whether signals go in user mode.</summary>
    public bool IsRegistered => _sender is not null;

    /// <summary>Signals.</summary>
    public void Signal()
    {
        if (_sender is null || !_sender.TryPost())
            SignalSlowly();
    }

    private void SignalSlowly()
    {
        if (_sender is not null)
        {
            _sender.Release();
            _sender = null;
            _untilRegistration = _kernelSignals = 0;
        }

        // Most often the receiver has not come yet. It is asked for after 1, 2, 4, ... signals, as asking costs as much as a signal.
        if (_untilRegistration-- <= 0)
        {
            _untilRegistration = _kernelSignals++ == 0 ? 0 : Math.Min(2 * _kernelSignals, 1 << 16);
            _sender = machine.Threads.Invoke(() => SharedSender.TryAcquire(machine, notification));
            if (_sender is not null && _sender.TryPost())
                return;
        }

        // One that has not been made yet stands for all until it is: signals only set bits.
        if (Interlocked.Exchange(ref _isPosted, 1) == 0)
            machine.Threads.Post(SignalThroughKernel);
    }

    private void SignalThroughKernel()
    {
        // Before the signal: one that comes meanwhile is made again, never lost.
        Interlocked.Exchange(ref _isPosted, 0);
        notification.Signal();
    }
}
