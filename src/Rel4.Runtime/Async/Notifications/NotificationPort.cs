namespace Rel4.Runtime;

/// <summary>Is where signals of one notification arrive at an executor: the pending bits, and the coroutines that wait for some.</summary>
/// <remarks>On the executor's thread. Invariant: coroutines wait only while no bit is pending here.</remarks>
internal sealed class NotificationPort : IDisposable
{
    private readonly TaskRuntime _runtime;
    private readonly NotificationReceiver _registration;
    private readonly InterruptReceiver _receiver;
    private readonly CompletionPool<ulong> _waits;
    private WaitQueue<ulong> _waiters = new();
    private ulong _pending;

    private NotificationPort(TaskRuntime runtime, NotificationReceiver registration)
    {
        _runtime = runtime;
        _registration = registration;
        _receiver = registration.Interrupts;
        _waits = new CompletionPool<ulong>(runtime.Executor);
        _receiver.Arrived = Arrived;
        runtime.Listen(_receiver);
    }

    /// <summary>Makes this process the receiver of a notification.</summary>
    /// <exception cref="SeL4Exception">The Read right is missing, or the notification has another receiver.</exception>
    public static NotificationPort Open(TaskRuntime runtime, NotificationCap notification)
    {
        AsyncMachine machine = runtime.Machine;
        return new NotificationPort(runtime, machine.Threads.Invoke(() => NotificationReceiver.Register(machine, notification.CPtr)));
    }

    /// <summary>Takes the pending bits.</summary>
    public ulong Poll()
    {
        ulong bits = _pending | _receiver.Take();
        _pending = 0;
        return bits;
    }

    /// <summary>Waits for bits, and takes them.</summary>
    public CoTask<ulong> Wait(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return _waits.Fail(new OperationCanceledException(cancellationToken)).Task;
        if (!_waiters.HasPending() && Poll() is var bits && bits != 0)
            return _waits.Succeed(bits).Task;
        Completion<ulong> wait = _waits.Rent();
        _waiters.Enqueue(wait);
        wait.CancelBy(cancellationToken);
        return wait.Task;
    }

    /// <summary>Fails the waits.</summary>
    public void Fail(Exception failure)
    {
        while (_waiters.HasPending())
        {
            Completion<ulong> waiter = _waiters.Dequeue();
            waiter.TrySetException(waiter.Version, failure);
        }
    }

    /// <summary>Ends taking the notification's signals. Who waits never goes on.</summary>
    public void Dispose()
    {
        _runtime.Ignore(_receiver);
        _registration.Dispose();
    }

    private void Arrived(ulong bits)
    {
        if (!_waiters.HasPending())
        {
            _pending |= bits;
            return;
        }

        Completion<ulong> waiter = _waiters.Dequeue();
        waiter.TrySetResult(waiter.Version, bits);
    }
}
