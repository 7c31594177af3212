using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Rel4.Runtime;

/// <content>How it is made, what other threads hand over, and what is told of failures.</content>
public sealed partial class Executor : IDisposable
{
    private readonly ExecutorOptions _options = null!;
    private readonly ExecutorParking _parking = null!;
    private readonly int _ownerThread = Environment.CurrentManagedThreadId;

    // Injected work comes seldom, from threads that pay for a wake-up; a queue of structs allocates nothing in steady state.
    private readonly ConcurrentQueue<Injection> _injected = new();

    private Continuation? _freeContinuations;

    /// <summary>Makes the executor of this thread.</summary>
    /// <exception cref="InvalidOperationException">The thread has an executor.</exception>
    internal Executor(ExecutorOptions options)
        : this(continuationsPerTurn: 128, turnsUntilCold: 256)
    {
        _options = options;
        _parking = options.Parking;
    }

    /// <summary>Is raised on the executor's thread for an exception that ended a coroutine which nobody joins, or posted work.</summary>
    /// <remarks>
    /// A coroutine that was cancelled has not failed. Whether anybody listens or not, the executor goes on; what a listener throws is
    /// dropped. While nobody listens, a line on the standard error output says it, one a second at most.
    /// </remarks>
    public event EventHandler<CoroutineFailedEventArgs>? CoroutineFailed;

    /// <summary>Gets or sets who is told of each coroutine that ends by an exception, whoever takes that.</summary>
    internal Action<CoroutineId>? Failed { get; set; }

    /// <inheritdoc/>
    public partial bool IsOwner => Environment.CurrentManagedThreadId == _ownerThread;

    /// <summary>Gets the clock of its delays and time limits. Any thread.</summary>
    /// <remarks>The system's; in a test that has no processes, the test's, which stands still until all wait.</remarks>
    public TimeProvider TimeProvider => _options.TimeProvider;

    /// <summary>Gets how the thread sleeps.</summary>
    internal ExecutorParking Parking => _parking;

    /// <summary>Gets what was counted so far.</summary>
    public ExecutorCounters Counters => new(_turns, _continuations, _spinsPaid, _spinsMissed, _parks);

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
    internal void Dispose()
    {
        if (!IsOwner || _isRunning)
            throw new InvalidOperationException("An executor is disposed of by its own thread, and not from inside of it.");
        if (t_current == this)
            t_current = null;
    }

    /// <inheritdoc/>
    void IDisposable.Dispose() => Dispose();

    /// <summary>Hands a continuation over from any thread.</summary>
    internal void Inject(Coroutine owner, Action<object?> continuation, object? state) =>
        Inject(new Injection(owner, continuation, state, Version: 0));

    /// <summary>Hands a frame over from any thread, to run outside of any coroutine.</summary>
    internal void Inject(CoFrame frame) => Inject(new Injection(_outside[DefaultPriority], Continuation: null, frame, Version: 0));

    /// <summary>Fails what was handed over to an executor that will not run any more. Any thread.</summary>
    internal void FailInjected(Exception error)
    {
        while (_injected.TryDequeue(out Injection injection))
            (injection.State as IHandedOver)?.Fail(error);
    }

    /// <summary>Hands a cancellation over from any thread.</summary>
    internal void InjectCancel(Completion completion, int version) =>
        Inject(new Injection(Owner: null, Continuation: null, completion, version));

    /// <summary>Makes a continuation ready, which counts as outstanding until it runs.</summary>
    internal void MakeReady(Coroutine owner, Action<object?> continuation, object? state) => MakeReady(owner, Rent(continuation, state));

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
        if (CoroutineFailed is not { } listeners)
        {
            ErrorLine.Write($"a coroutine that nobody joins, or posted work, has failed: {exception.GetType()}: {exception.Message} (Executor.CoroutineFailed tells more)");
            return;
        }

        try
        {
            listeners(this, new CoroutineFailedEventArgs(id, exception));
        }
        catch (Exception)
        {
            // A listener that fails is no reason to stop what everybody else's coroutines do.
        }
    }
}
