using System.Runtime.CompilerServices;

namespace Rel4.Runtime;

/// <summary>Is a slot of an executor's coroutines, used by one coroutine after another.</summary>
/// <remarks>
/// <para>
/// It is also the synchronization context under which its code runs: a Task that is awaited inside of the coroutine posts the rest back to
/// it, at its priority.
/// </para>
/// <para>
/// Invariants: 1. <c>Generation</c> grows when a coroutine ends, so that its id is stale from then on; 2. the slot is free only when its
/// coroutine has ended and none of its awaits is outstanding (a method that it started and did not await may outlive it).
/// </para>
/// </remarks>
internal sealed class Coroutine : SynchronizationContext
{
    /// <summary>Starts the coroutine given as the argument.</summary>
    public static readonly Action<object?> Start = static self => ((Coroutine)self!).Begin();

    // More than a contended lock or a slow start of another thread takes.
    private const int LongestBlockMs = 2000;

    private readonly Executor _executor;
    private readonly Action _end;
    private ValueTaskAwaiter _body;

    public Coroutine(Executor executor, int slot, int priority)
    {
        _executor = executor;
        Slot = slot;
        Priority = priority;
        _end = End;
        SetWaitNotificationRequired();
    }

    /// <summary>Gets the place in the executor's table; −1 for the eight that stand for code outside of any coroutine.</summary>
    public int Slot { get; }

    /// <summary>Gets the priority, 0 first.</summary>
    public int Priority { get; set; }

    public uint Generation { get; private set; } = 1;

    public CoroutineId Id => Slot < 0 ? default : new CoroutineId(Slot, Generation);

    /// <summary>What it runs; null while free.</summary>
    public CoroutineBody? Body { get; set; }

    /// <summary>Whether it has ended, and its slot is free or will be.</summary>
    public bool HasEnded { get; set; }

    /// <summary>Whether its slot is in the list of free ones.</summary>
    public bool IsFree { get; set; }

    /// <summary>How many of its continuations are registered or ready.</summary>
    public int Outstanding { get; set; }

    /// <summary>What <see cref="Executor.Wake"/> completes, while <see cref="SuspensionVersion"/> is its version.</summary>
    public Completion<Nothing>? Suspension { get; set; }

    public int SuspensionVersion { get; set; }

    /// <summary>Those who wait for its end.</summary>
    public Joiner? Joiners { get; set; }

    /// <summary>The next free slot.</summary>
    public Coroutine? NextFree { get; set; }

    /// <inheritdoc/>
    public override void Post(SendOrPostCallback d, object? state)
    {
        if (_executor.IsOwner)
            _executor.MakeReady(this, d.Invoke, state);
        else
            _executor.Inject(this, d.Invoke, state);
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The caller is on another thread: waiting for the executor may wait for itself.</exception>
    public override void Send(SendOrPostCallback d, object? state)
    {
        if (!_executor.IsOwner)
            throw new NotSupportedException("An executor runs nothing while another thread waits for it; post it instead.");
        d(state);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Is called for whatever blocks a thread of .NET: tasks, events, locks. Code that begins to await here and then blocks without a limit, as
    /// <c>CallAsync(…).AsTask().Wait()</c> does, waits for itself. Which wait is of that kind can't be told, so it is given more time than another takes.
    /// </remarks>
    /// <exception cref="InvalidOperationException">Nothing has come for that time.</exception>
    public override int Wait(IntPtr[] waitHandles, bool waitAll, int millisecondsTimeout)
    {
        if (millisecondsTimeout != Timeout.Infinite || !_executor.HasAwaited || !_executor.IsOwner)
            return base.Wait(waitHandles, waitAll, millisecondsTimeout);
        int result = base.Wait(waitHandles, waitAll, LongestBlockMs);
        return result != WaitHandle.WaitTimeout ? result : throw new InvalidOperationException(
            "Code on an executor's thread began an asynchronous call and then blocked the thread, for example by Task.Wait, Result or GetResult: the call "
            + "needs this thread to go on, so it would never end. Use await.");
    }

    /// <inheritdoc/>
    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Makes the id stale.</summary>
    public void Retire()
    {
        // Generation 0 is nobody's.
        if (++Generation == 0)
            Generation = 1;
    }

    private void Begin()
    {
        try
        {
            Await(Body!.Invoke());
        }
        catch (Exception error)
        {
            // Thrown by a method that is not async itself.
            _executor.Finish(this, error);
        }
    }

    private void Await(ValueTask body)
    {
        _body = body.GetAwaiter();
        if (_body.IsCompleted)
            End();
        else
            _body.UnsafeOnCompleted(_end);
    }

    private void End()
    {
        Exception? error = null;
        try
        {
            _body.GetResult();
        }
        catch (Exception thrown)
        {
            error = thrown;
        }

        _body = default;
        _executor.Finish(this, error);
    }
}
