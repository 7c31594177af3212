namespace Rel4.Runtime;

/// <content>Runs until something, under the contexts of .NET.</content>
public sealed partial class Executor
{
    // No more than this from other threads in one turn, so that they cannot keep coroutines and channels from their turn.
    private const int InjectionsPerTurn = 1024;

    private bool _isRunning;
    private ExecutionContext? _context;

    /// <summary>Runs until no coroutine is ready and nothing was found to make one ready. Never sleeps.</summary>
    /// <remarks>For a loop of one's own. Channels that were polled stay so: their peers count on being looked at again.</remarks>
    /// <exception cref="InvalidOperationException">The executor is running already, or this is another thread than the executor's.</exception>
    internal void RunUntilBlocked()
    {
        using Running running = Enter();
        while (Turn() || LookAround())
        {
        }
    }

    /// <summary>Runs until every coroutine has ended.</summary>
    /// <exception cref="InvalidOperationException">The executor is running already, or this is another thread than the executor's.</exception>
    internal void RunUntilComplete()
    {
        using Running running = Enter();
        while (_alive > 0)
            TurnOrIdle();
    }

    /// <summary>Runs an async method, and whatever else there is, until the method has ended; takes its failure.</summary>
    /// <exception cref="ArgumentNullException">There is no method.</exception>
    /// <exception cref="InvalidOperationException">The executor is running already, or this is another thread than the executor's.</exception>
    internal void RunUntilComplete(Func<ValueTask> body)
    {
        CoTask.Awaiter end = Join(Spawn(body)).GetAwaiter();
        using (Enter())
        {
            while (!end.IsCompleted)
                TurnOrIdle();
        }

        end.GetResult();
    }

    /// <summary>Runs until a token is cancelled, and sleeps while there is nothing to do.</summary>
    /// <remarks>Coroutines that have not ended stay where they are; another Run goes on with them.</remarks>
    /// <exception cref="InvalidOperationException">The executor is running already, or this is another thread than the executor's.</exception>
    internal void Run(CancellationToken stop)
    {
        // Cancelled by whatever thread: a parked executor has to see it.
        using CancellationTokenRegistration wake = stop.UnsafeRegister(static self => ((Executor)self!).Post(static _ => { }), this);
        using Running running = Enter();
        while (!stop.IsCancellationRequested)
            TurnOrIdle();
    }

    private Running Enter()
    {
        if (!IsOwner)
            throw new InvalidOperationException("An executor is run by the thread that made it.");
        if (_isRunning)
            throw new InvalidOperationException("This executor is running already; its coroutines await instead.");
        _isRunning = true;
        var running = new Running(this, SynchronizationContext.Current);
        _context = ExecutionContext.Capture();
        LeaveCoroutine();
        return running;
    }

    private partial void RunGuarded(ref int left)
    {
        // One handler for many continuations; only posted work and async void methods come here with an exception.
        try
        {
            RunReady(ref left);
        }
        catch (Exception error)
        {
            left--;
            Report(_current.Id, error);
        }
    }

    partial void Enter(Coroutine owner)
    {
        RestoreContext();
        // Always: a continuation may have installed another one.
        SynchronizationContext.SetSynchronizationContext(owner);
    }

    partial void Left() => SynchronizationContext.SetSynchronizationContext(_current);

    /// <summary>Has the thread's locals as they were when the run began: what a lean method has set is no other coroutine's.</summary>
    private void RestoreContext()
    {
        if (ExecutionContext.Capture() != _context && _context is not null)
            ExecutionContext.Restore(_context);
    }

    private partial bool TakeInjected()
    {
        if (_injected.IsEmpty)
            return false;
        for (int left = InjectionsPerTurn; left > 0 && _injected.TryDequeue(out Injection injection); left--)
        {
            if (injection.Owner is not { } owner)
                ((Completion)injection.State!).TryCancel(injection.Version);
            else if (injection.Continuation is { } continuation)
                MakeReady(owner, continuation, injection.State);
            else
                MakeReady(owner, (CoFrame)injection.State!);
        }

        return true;
    }

    /// <summary>A run; at its end the thread is as it was before.</summary>
    private readonly ref struct Running(Executor executor, SynchronizationContext? previous)
    {
        public void Dispose()
        {
            executor._current = executor._outside[DefaultPriority];
            executor.RestoreContext();
            SynchronizationContext.SetSynchronizationContext(previous);
            executor._isRunning = false;
        }
    }
}
