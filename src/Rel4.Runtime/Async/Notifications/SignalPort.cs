namespace Rel4.Runtime;

/// <summary>Signals one notification: in user mode once its receiver and this process are registered, through the kernel until then.</summary>
/// <remarks>On the executor's thread.</remarks>
internal sealed class SignalPort(AsyncMachine machine, NotificationCap notification) : IDisposable
{
    private const int LongestBackOff = 1 << 16;

    private SharedSender? _sender;
    private int _untilRegistration;
    private int _backOff = 1;
    private int _isPosted;

    /// <summary>Signals.</summary>
    public void Signal()
    {
        if (_sender is null || !_sender.TryPost())
            SignalSlowly();
    }

    /// <summary>Lets go of the sender.</summary>
    public void Dispose()
    {
        _sender?.Release();
        _sender = null;
    }

    private void SignalSlowly()
    {
        if (_sender is not null)
        {
            Dispose();
            _untilRegistration = 0;
            _backOff = 1;
        }

        // Most often the receiver has not come yet. It is asked for at the first signal, then after 1, 2, 4, ... more: asking costs as much as a signal.
        if (_untilRegistration-- <= 0)
        {
            _untilRegistration = _backOff;
            _backOff = Math.Min(2 * _backOff, LongestBackOff);
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
        if (machine.FindSlot(notification.CPtr) is not { } slot)
            return;
        try
        {
            new NotificationCap(slot).Signal();
        }
        catch (SeL4FaultException)
        {
            // It was taken away meanwhile, so there is nobody to be told.
        }
    }
}
