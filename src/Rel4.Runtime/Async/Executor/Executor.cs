using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Rel4.Runtime;

/// <summary>Runs the coroutines of one thread: those that are ready by priority, and polls, spins or sleeps while none is.</summary>
/// <remarks>
/// <para>
/// It belongs to the thread that made it; every member is for that thread, but those that say otherwise. A coroutine is an async method
/// that was given to <see cref="Spawn(Func{ValueTask}, int)"/>. Coroutines run one at a time, from one <c>await</c> to the next, so what
/// only they touch needs no locks.
/// </para>
/// <para>
/// Priorities are strict: while a coroutine of priority p is ready, none of a higher number runs. One that is always ready, yielding or
/// not, starves all that come after it; within a priority turns are in order. Channels are served at least every
/// <see cref="ExecutorOptions.ContinuationsPerTurn"/> continuations; timers, other threads' work and channels that were idle every sixteenth time of that,
/// whatever the priorities.
/// </para>
/// <para>
/// What the runtime lets a coroutine await comes back to this thread by itself and allocates nothing. An ordinary Task comes back through
/// the coroutine's synchronization context, at the cost of that Task's own allocations; <c>ConfigureAwait(false)</c> on a Task leaves the
/// executor.
/// </para>
/// </remarks>
public sealed partial class Executor : IDisposable
{
    /// <summary>The priority that runs before all others.</summary>
    public const int HighestPriority = 0;

    /// <summary>The priority that runs after all others.</summary>
    public const int LowestPriority = ReadyQueue.Priorities - 1;

    /// <summary>The priority of what names none.</summary>
    public const int DefaultPriority = 4;

    [ThreadStatic]
    private static Executor? t_current;

    private readonly ExecutorOptions _options;
    private readonly ExecutorParking _parking;
    private readonly EventParking? _ownParking;
    private readonly int _ownerThread = Environment.CurrentManagedThreadId;

    // Injected work comes seldom, from threads that pay for a wake-up; a queue of structs allocates nothing in steady state.
    private readonly ConcurrentQueue<Injection> _injected = new();

    private Continuation? _freeContinuations;

    /// <summary>Makes the executor of this thread.</summary>
    /// <exception cref="InvalidOperationException">The thread has an executor.</exception>
    public Executor(ExecutorOptions? options = null)
    {
        if (t_current is not null)
            throw new InvalidOperationException("This thread has an executor already; dispose of it first, or use Executor.Current.");
        _options = options ?? new ExecutorOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(_options.ContinuationsPerTurn, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(_options.TurnsUntilCold, nameof(options));
        _parking = _options.Parking ?? (_ownParking = new EventParking());
        _waits = new CompletionPool<Nothing>(this);
        _yielding = new YieldSource(this);
        _outside = new Coroutine[ReadyQueue.Priorities];
        for (int priority = 0; priority < ReadyQueue.Priorities; priority++)
            _outside[priority] = new Coroutine(this, slot: -1, priority);
        _current = _outside[DefaultPriority];
        t_current = this;
    }

    /// <summary>Is raised on the executor's thread for an exception that ended a coroutine which nobody joins, or posted work.</summary>
    /// <remarks>
    /// A coroutine that was cancelled has not failed. Whether anybody listens or not, the executor goes on; what a listener throws is
    /// dropped.
    /// </remarks>
    public event EventHandler<CoroutineFailedEventArgs>? CoroutineFailed;

    /// <summary>Gets or sets who is told of each coroutine that ends by an exception, whoever takes that.</summary>
    internal Action<CoroutineId>? Failed { get; set; }

    /// <summary>Gets the executor of this thread, or null.</summary>
    public static Executor? Current => t_current;

    /// <summary>Gets the executor of this thread.</summary>
    /// <exception cref="InvalidOperationException">It has none.</exception>
    internal static Executor Required => t_current ?? throw new InvalidOperationException(
        "An async method that returns a CoTask runs on the thread of an executor, and this one has none. Call it from a coroutine, or have it return a Task.");

    /// <summary>Gets whether the caller is on the executor's thread. Any thread.</summary>
    public bool IsOwner => Environment.CurrentManagedThreadId == _ownerThread;

    /// <summary>Gets what was counted so far.</summary>
    public ExecutorCounters Counters => new(_turns, _continuations, _spinsPaid, _spinsMissed, _parks);

    /// <summary>Gets how the thread sleeps.</summary>
    internal ExecutorParking Parking => _parking;

    /// <summary>Gets the number of the turn.</summary>
    internal long Turns => _turns;

    /// <summary>Gets whether other threads have handed over what was not taken yet. Any thread.</summary>
    internal bool HasInjected => !_injected.IsEmpty;

    /// <summary>Runs work on the executor's thread, at a priority, outside of any coroutine. Any thread.</summary>
    /// <remarks>What one thread posts at one priority runs in its order. Never blocks; wakes the executor if it is parked.</remarks>
    /// <exception cref="ArgumentNullException">There is no work.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such priority.</exception>
    public void Post(Action<object?> work, object? state = null, int priority = DefaultPriority)
    {
        ArgumentNullException.ThrowIfNull(work);
        CheckPriority(priority);
        Inject(_outside[priority], work, state);
    }

    /// <summary>Lets the thread have another executor. Coroutines that have not ended never go on.</summary>
    /// <exception cref="InvalidOperationException">The executor is running, or this is another thread.</exception>
    public void Dispose()
    {
        if (!IsOwner || _isRunning)
            throw new InvalidOperationException("An executor is disposed of by its own thread, and not from inside of it.");
        if (t_current == this)
            t_current = null;
        _ownParking?.Dispose();
    }

    /// <summary>Hands a continuation over from any thread.</summary>
    internal void Inject(Coroutine owner, Action<object?> continuation, object? state) =>
        Inject(new Injection(owner, continuation, state, Version: 0));

    /// <summary>Hands a frame over from any thread, to run outside of any coroutine.</summary>
    internal void Inject(CoFrame frame) => Inject(new Injection(_outside[DefaultPriority], Continuation: null, frame, Version: 0));

    /// <summary>Hands a cancellation over from any thread.</summary>
    internal void InjectCancel(Completion completion, int version) =>
        Inject(new Injection(Owner: null, Continuation: null, completion, version));

    /// <summary>Makes sure that the caller is on the executor's thread: on another it would race with it.</summary>
    /// <exception cref="InvalidOperationException">It is not.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void RequireOwner()
    {
        if (!IsOwner)
            RefuseThread();
    }

    /// <summary>Makes a frame ready, which has an owner.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void MakeReady(CoFrame frame)
    {
        Debug.Assert(IsOwner, "Only its own thread makes an executor's coroutines ready.");
        _ready.Enqueue(frame, frame.Owner!.Priority);
    }

    /// <summary>Makes a continuation ready, which counts as outstanding until it runs.</summary>
    internal void MakeReady(Coroutine owner, Action<object?> continuation, object? state) => MakeReady(owner, Rent(continuation, state));

    /// <summary>Makes a frame ready, which counts as outstanding until it runs.</summary>
    internal void MakeReady(Coroutine owner, CoFrame frame)
    {
        owner.Outstanding++;
        frame.Owner = owner;
        MakeReady(frame);
    }

    /// <summary>Makes a frame of a delegate.</summary>
    internal Continuation Rent(Action action)
    {
        Continuation frame = RentContinuation();
        frame.Begin(action);
        return frame;
    }

    /// <summary>Makes a frame of a delegate.</summary>
    internal Continuation Rent(Action<object?> action, object? state)
    {
        Continuation frame = RentContinuation();
        frame.Begin(action, state);
        return frame;
    }

    /// <summary>Takes a frame of a delegate back.</summary>
    internal void Return(Continuation frame)
    {
        frame.Next = _freeContinuations;
        _freeContinuations = frame;
    }

    private static void RefuseThread() => throw new InvalidOperationException(
        "This belongs to the thread of an executor, and the caller is on another, as after ConfigureAwait(false) or in Task.Run. Stay on the executor, "
        + "or hand the work over by Executor.Post.");

    private static void CheckPriority(int priority)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(priority);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(priority, LowestPriority);
    }

    private Continuation RentContinuation()
    {
        if (_freeContinuations is not { } frame)
            return new Continuation(this);
        _freeContinuations = Unsafe.As<Continuation?>(frame.Next);
        return frame;
    }

    private void Inject(in Injection injection)
    {
        _injected.Enqueue(injection);
        // Pairs with the fence of PreparePark: orders the work before the look at the status.
        Interlocked.MemoryBarrier();
        _parking.Wake();
    }

    private void Report(CoroutineId id, Exception exception)
    {
        try
        {
            CoroutineFailed?.Invoke(this, new CoroutineFailedEventArgs(id, exception));
        }
        catch (Exception)
        {
            // A listener that fails is no reason to stop what everybody else's coroutines do.
        }
    }
}
