using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Rel4.Runtime;

public sealed partial class Executor
{
    // Doorbells, other threads' work and timers are looked at now and then, or when there is nothing else: that costs as much as several continuations.
    private const int TurnsPerLookAround = 16;

    // Methods that end one in another go on one in another's call, so that no more than these lie on the stack.
    private const int MostInOneCall = 64;

    // No more than this from other threads in one turn, so that they cannot keep coroutines and channels from their turn.
    private const int InjectionsPerTurn = 1024;

    // Between two looks around, at the clock and at what the peers show, while spinning.
    private const int PollsPerLookAround = 16;

    // How many wake-ups' time to spin at most, for peers that work; and for those that only spin, too, or are being woken.
    private const int LongestSpin = 4, LongestSpinForIdle = 2;

    private static readonly TimeSpan s_longestSpin = TimeSpan.FromMicroseconds(200);

    // What every primitive of waiting can take; the loop goes round once more after it.
    private static readonly TimeSpan s_longestSleep = TimeSpan.FromDays(1);

    private ReadyQueue _ready = new();
    private bool _isRunning;
    private ExecutionContext? _context;
    private int _inCall;
    private int _processor;
    private bool _showsSpinning;

    // Since its last step began; see HasAwaited.
    private bool _hasAwaited;
    private long _turns;
    private long _continuations;
    private long _spinsPaid;
    private long _spinsMissed;
    private long _parks;

    /// <summary>Runs until no coroutine is ready and nothing was found to make one ready. Never sleeps.</summary>
    /// <remarks>For a loop of one's own. Channels that were polled stay so: their peers count on being looked at again.</remarks>
    /// <exception cref="InvalidOperationException">The executor is running already, or this is another thread than the executor's.</exception>
    public void RunUntilBlocked()
    {
        SynchronizationContext? previous = Enter();
        try
        {
            while (Turn() || LookAround())
            {
            }
        }
        finally
        {
            Leave(previous);
        }
    }

    /// <summary>Runs until every coroutine has ended.</summary>
    /// <exception cref="InvalidOperationException">The executor is running already, or this is another thread than the executor's.</exception>
    public void RunUntilComplete()
    {
        SynchronizationContext? previous = Enter();
        try
        {
            while (_alive > 0)
                TurnOrIdle();
        }
        finally
        {
            Leave(previous);
        }
    }

    /// <summary>Runs an async method, and whatever else there is, until the method has ended; takes its failure.</summary>
    /// <exception cref="ArgumentNullException">There is no method.</exception>
    /// <exception cref="InvalidOperationException">The executor is running already, or this is another thread than the executor's.</exception>
    public void RunUntilComplete(Func<ValueTask> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        RunUntilComplete(JoinSpawned(body, DefaultPriority));
    }

    /// <summary>Runs until a task that was started on this executor has ended; takes its failure.</summary>
    /// <remarks>What it awaited before this call did not run inside of a coroutine: a Task awaited there does not come back here.</remarks>
    /// <exception cref="InvalidOperationException">The executor is running already, or this is another thread than the executor's.</exception>
    public void RunUntilComplete(ValueTask task)
    {
        ValueTaskAwaiter awaiter = task.GetAwaiter();
        if (!awaiter.IsCompleted)
            RunUntilCompleted(awaiter);
        awaiter.GetResult();
    }

    /// <summary>Runs until a task that was started on this executor has ended; takes its result or failure.</summary>
    /// <inheritdoc cref="RunUntilComplete(ValueTask)" path="/remarks"/>
    /// <exception cref="InvalidOperationException">The executor is running already, or this is another thread than the executor's.</exception>
    public T RunUntilComplete<T>(ValueTask<T> task)
    {
        ValueTaskAwaiter<T> awaiter = task.GetAwaiter();
        if (!awaiter.IsCompleted)
            RunUntilCompleted(awaiter);
        return awaiter.GetResult();
    }

    /// <summary>Runs until a token is cancelled, and sleeps while there is nothing to do.</summary>
    /// <remarks>Coroutines that have not ended stay where they are; another Run goes on with them.</remarks>
    /// <exception cref="InvalidOperationException">The executor is running already, or this is another thread than the executor's.</exception>
    public void Run(CancellationToken stop)
    {
        // Cancelled by whatever thread: a parked executor has to see it.
        using CancellationTokenRegistration wake = stop.UnsafeRegister(static self => ((Executor)self!).Post(static _ => { }), this);
        SynchronizationContext? previous = Enter();
        try
        {
            while (!stop.IsCancellationRequested)
                TurnOrIdle();
        }
        finally
        {
            Leave(previous);
        }
    }

    private ValueTask JoinSpawned(Func<ValueTask> body, int priority) => Join(Spawn(body, priority));

    private void RunUntilCompleted<TAwaiter>(TAwaiter awaiter)
        where TAwaiter : ICriticalNotifyCompletion
    {
        bool isCompleted = false;
        SynchronizationContext? previous = Enter();
        try
        {
            awaiter.UnsafeOnCompleted(() => isCompleted = true);
            while (!isCompleted)
                TurnOrIdle();
        }
        finally
        {
            Leave(previous);
        }
    }

    private SynchronizationContext? Enter()
    {
        if (!IsOwner)
            throw new InvalidOperationException("An executor is run by the thread that made it.");
        if (_isRunning)
            throw new InvalidOperationException("This executor is running already; its coroutines await instead.");
        _isRunning = true;
        SynchronizationContext? previous = SynchronizationContext.Current;
        _context = ExecutionContext.Capture();
        LeaveCoroutine();
        return previous;
    }

    private void Leave(SynchronizationContext? previous)
    {
        _current = _outside[DefaultPriority];
        RestoreContext();
        SynchronizationContext.SetSynchronizationContext(previous);
        _isRunning = false;
    }

    private void TurnOrIdle()
    {
        if (!Turn() && !LookAround())
            Idle();
    }

    /// <summary>Runs what is ready, publishes what it wrote, and looks for more where most comes from.</summary>
    /// <returns>Whether anything was done or is ready.</returns>
    private bool Turn()
    {
        _turns++;
        bool worked = RunReady();
        Flush();
        worked |= PollHot();
        if (_turns % TurnsPerLookAround == 0)
            worked |= LookAround();
        if (_turns % TurnsPerCooling == 0)
            CoolIdle();
        return worked || !_ready.IsEmpty;
    }

    /// <summary>Looks for what comes seldom.</summary>
    /// <returns>Whether anything was found.</returns>
    private bool LookAround() => TakeDoorbells() | TakeInjected() | RunTimers() | !_ready.IsEmpty;

    private bool RunReady()
    {
        if (_ready.IsEmpty)
            return false;
        int left = _options.ContinuationsPerTurn;
        while (left > 0 && !_ready.IsEmpty)
        {
            // One handler for many continuations; only posted work and async void methods come here with an exception.
            try
            {
                for (; left > 0 && !_ready.IsEmpty; left--)
                    Resume(_ready.Dequeue());
            }
            catch (Exception error)
            {
                left--;
                Report(_current.Id, error);
            }
        }

        _continuations += _options.ContinuationsPerTurn - left;
        LeaveCoroutine();
        return true;
    }

    private void Resume(CoFrame frame)
    {
        Coroutine owner = frame.Owner!;
        _current = owner;
        _hasAwaited = false;
        _inCall = 0;
        RestoreContext();
        // Always: a continuation may have installed another one.
        SynchronizationContext.SetSynchronizationContext(owner);
        owner.Outstanding--;
        if (owner.HasEnded)
            ResumeLeftover(frame, owner);
        else
            frame.MoveNext();
    }

    /// <summary>Has the thread's locals as they were when the run began: what a lean method has set is no other coroutine's.</summary>
    private void RestoreContext()
    {
        if (ExecutionContext.Capture() != _context && _context is not null)
            ExecutionContext.Restore(_context);
    }

    /// <summary>Runs what a coroutine left behind when it ended, and frees its slot after the last of that.</summary>
    private void ResumeLeftover(CoFrame frame, Coroutine owner)
    {
        try
        {
            frame.MoveNext();
        }
        finally
        {
            ReturnCoroutine(owner);
        }
    }

    private void LeaveCoroutine()
    {
        _hasAwaited = false;
        _current = _outside[DefaultPriority];
        SynchronizationContext.SetSynchronizationContext(_current);
    }

    private bool TakeInjected()
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

    /// <summary>Waits for something to do: spins while a peer may bring it soon, then sleeps.</summary>
    private void Idle()
    {
        if (_parking.MaySpin && Spin())
            return;
        if (CoolAll())
            Park();
    }

    // The shortest there is: Thread.SpinWait makes it about 40 ns long everywhere, as much as an answer takes to come.
    private static void Pause()
    {
        if (X86Base.IsSupported)
            X86Base.Pause();
        else
            Thread.SpinWait(1);
    }

    /// <summary>Polls for as long as a peer may bring work sooner than a sleeper is woken.</summary>
    /// <remarks>
    /// Spinning for the cost of what it may save is never worse than twice the best (Karlin, Li, Manasse, Owicki: Empirical Studies of Competitive
    /// Spinning, SOSP 1991). What peers show tells more: one that runs on this processor, or sleeps, brings nothing while this spins, and of two that only
    /// spin none does. Nothing is learnt from earlier waits: bad luck of one would make the next ones dear, on both sides.
    /// </remarks>
    /// <returns>Whether that found something.</returns>
    private bool Spin()
    {
        long start = Stopwatch.GetTimestamp(), wakeUp = (long)(_parking.WakeUpCost.TotalSeconds * Stopwatch.Frequency), spun;
        long longest = Math.Min(LongestSpin * wakeUp, (long)(s_longestSpin.TotalSeconds * Stopwatch.Frequency));
        bool goesOn;
        do
        {
            for (int i = 0; i < PollsPerLookAround; i++)
            {
                if (PollHot() || !_ready.IsEmpty)
                    return EndSpin(hasFound: true);
                Pause();
            }

            if (LookAround())
                return EndSpin(hasFound: true);
            long now = Stopwatch.GetTimestamp();
            spun = now - start;
            // Only time that nobody else wants: a thread of this process that waits for this processor may be whoever brings work next. What it takes is not spun.
            Thread.Yield();
            start += Stopwatch.GetTimestamp() - now;
            goesOn = spun < longest && IsWorthWaiting(spun < LongestSpinForIdle * wakeUp);
            // Who begins to show it looks once more.
            if (spun < wakeUp || _showsSpinning)
                continue;
            ShowSpinning(true);
            goesOn = true;
        }
        while (goesOn);
        return EndSpin(hasFound: false);
    }

    private bool EndSpin(bool hasFound)
    {
        if (hasFound)
            _spinsPaid++;
        else
            _spinsMissed++;
        if (_showsSpinning)
            ShowSpinning(false);
        return hasFound;
    }

    private void ShowSpinning(bool shows)
    {
        _showsSpinning = shows;
        _processor = _parking.Processor;
        ShowHot();
    }

    /// <summary>Tells whether anybody may bring work while this thread spins.</summary>
    /// <param name="countsIdle">Whether peers that only spin, or are on their way, may.</param>
    private bool IsWorthWaiting(bool countsIdle) => _hotCount == 0 ? countsIdle : IsAnyPeerAwake(countsIdle);

    private void Park()
    {
        TimeSpan timeout = TimeUntilFirstTimer();
        if (timeout == TimeSpan.Zero)
            return;
        _parking.PreparePark();
        // In this order: what the doorbells bring may have made a coroutine ready.
        if (_injected.IsEmpty && !TakeDoorbells() && _ready.IsEmpty)
        {
            _parks++;
            _parking.Sleep(timeout);
        }

        _parking.EndPark();
        // It may have woken up elsewhere.
        _processor = _parking.Processor;
    }
}
