using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>A thread's waits in the kernel, one after another, which others may end for good.</summary>
internal sealed class KernelWait(AsyncMachine machine)
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Under the lock: the thread that waits, or is about to.
    private TcbCap? _waiting;
    private bool _isEnded;
    private bool _isBroken;

    /// <summary>Gets whether it waits no more. Any thread.</summary>
    public bool IsEnded
    {
        get
        {
            lock (_lock)
                return _isEnded;
        }
    }

    /// <summary>Gets the time from which on the thread makes no more use of the capability.</summary>
    public Task Left => _left.Task;

    /// <summary>Begins a wait: until <see cref="Leave"/> the thread makes the one system call, and no other.</summary>
    /// <returns>False if none begins any more.</returns>
    public bool TryEnter()
    {
        // An end behind this one waits for the thread to enter the kernel.
        lock (_lock)
        {
            if (!_isEnded)
                _waiting = machine.CurrentThread;
            return !_isEnded;
        }
    }

    /// <summary>Ends a wait. Waits for whoever breaks it just now: the thread must not trap again before that is done.</summary>
    /// <returns>False if it was broken, so that what the system call returned means nothing.</returns>
    public bool Leave()
    {
        lock (_lock)
        {
            _waiting = null;
            return !_isBroken;
        }
    }

    /// <summary>Has it wait no more, soon. Any thread; doesn't wait for it.</summary>
    public void End() => machine.Threads.Post(() =>
    {
        // A thread that is about to wait, or has been answered just now, is looked at again: it waits, or takes the lock, in a moment.
        while (!TryEnd())
            Thread.Sleep(1);
    });

    /// <summary>Says that the thread makes no more use of the capability.</summary>
    public void Done() => _left.TrySetResult();

    private bool TryEnd()
    {
        lock (_lock)
        {
            _isEnded = true;
            if (_waiting is not { } thread || _isBroken)
                return true;
            return _isBroken = machine.TryEndWait(thread);
        }
    }
}
