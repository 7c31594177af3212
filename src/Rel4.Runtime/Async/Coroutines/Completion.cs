using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Rel4.Runtime;

/// <summary>The pooled thing behind a <see cref="CoTask"/>: completed once, awaited once, used again.</summary>
/// <remarks>
/// <para>
/// All members run on the executor's thread, so nothing here is atomic. Who awaits it goes on at its coroutine's priority in a later step of the executor, never
/// inside of the call that completes; but who awaits a method of its own coroutine goes on where that ends, which has nothing to do any more.
/// </para>
/// <para>
/// Invariants: 1. <c>_version</c> grows when the result is taken, so that whoever still holds the old version completes nobody; 2. a
/// completed one is in no timer heap; 3. it goes back to its pool only when its result is taken, after <c>EndUse</c>.
/// </para>
/// </remarks>
internal abstract partial class Completion : CoFrame
{
    private readonly Executor _executor;
    private CoFrame? _waiter;
    private int _version;
    private bool _isDelay;

    // .NET's layer has some that other threads complete and await.
    private volatile CompletionOutcome _outcome;

    private protected Completion(Executor executor) => _executor = executor;

    /// <summary>Gets what a completer keeps beside its reference; a stale version completes nobody.</summary>
    public int Version => _version;

    /// <summary>Gets whether the result or failure is there.</summary>
    public bool IsCompleted => _outcome != CompletionOutcome.Pending;

    /// <summary>Place in the timer heap; −1 outside.</summary>
    internal int TimerIndex { get; set; } = -1;

    private protected Executor Executor => _executor;

    /// <summary>Gets whether the result of the use that a version stands for is there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsCompletedAt(int version)
    {
        Check(version);
        return IsCompleted;
    }

    /// <summary>Gets whether the result of the use that a version stands for is there; where others than the executor complete it, too.</summary>
    public virtual bool HasEnded(int version) => IsCompletedAt(version);

    /// <summary>Gets whether the use that a version stands for waits for its result.</summary>
    internal bool IsPending(int version) => CanComplete(version);

    /// <summary>Completes this use when the time has come.</summary>
    public void SucceedAt(long due) => Arm(due, isDelay: true);

    /// <summary>Ends this use by <see cref="CompletionOutcome.TimedOut"/> when the time has come.</summary>
    public void FailAt(long due) => Arm(due, isDelay: false);

    /// <summary>Ends this use without a result.</summary>
    /// <returns>False if the version is stale or the use is completed.</returns>
    public bool TrySetOutcome(int version, CompletionOutcome outcome)
    {
        if (!CanComplete(version))
            return false;
        Complete(outcome);
        return true;
    }

    /// <summary>Has a frame resumed when this use is completed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal virtual void Suspend(CoFrame frame, int version)
    {
        _executor.RequireOwner();
        Check(version);
        if (_waiter is not null)
            Misuse.Throw("This task is awaited already; it may be awaited once.");
        BeginAwait(frame);
        _waiter = frame;
        if (IsCompleted)
            WakeNow();
    }

    /// <summary>Is called when the time is over; the heap has dropped it.</summary>
    internal virtual void OnDue() => Complete(_isDelay ? CompletionOutcome.Succeeded : CompletionOutcome.TimedOut);

    internal override void MoveNext() => Misuse.Throw("Only the frame of a method is resumed.");

    private protected abstract void TakeResult(int version);

    /// <summary>Goes back to its pool, if it has one.</summary>
    private protected virtual void Recycle()
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private protected bool CanComplete(int version)
    {
        Debug.Assert(_executor.IsOwner, "A completion belongs to its executor's thread.");
        return version == _version && !IsCompleted;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private protected void Complete(CompletionOutcome outcome)
    {
        _outcome = outcome;
        if (TimerIndex >= 0)
            _executor.Disarm(this);
        if (_waiter is not null)
            Wake();
    }

    /// <summary>Begins a use that has succeeded: nobody waits yet.</summary>
    private protected void BeginSucceeded() => _outcome = CompletionOutcome.Succeeded;

    private protected void CompleteMethod(CompletionOutcome outcome)
    {
        _outcome = outcome;
        if (_waiter is not { } waiter)
            return;
        // Of another coroutine, or with too many on the stack, it waits for its turn.
        if (waiter.Owner != _executor.CurrentOwner || !_executor.MayGoOnInCall())
        {
            _executor.MakeReady(waiter);
            return;
        }

        waiter.Owner!.Outstanding--;
        waiter.MoveNext();
    }

    private protected void BeginAwait(CoFrame frame)
    {
        Coroutine owner = _executor.BeginAwait();
        // To look is less than to store a reference, and most frames are one coroutine's all the time.
        if (frame.Owner != owner)
            frame.Owner = owner;
    }

    /// <summary>Ends this use and readies the object for the next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private protected CompletionOutcome TakeOutcome(int version)
    {
        _executor.RequireOwner();
        Check(version);
        CompletionOutcome outcome = _outcome;
        if (outcome == CompletionOutcome.Pending)
            ThrowPending();
        EndUse();
        _waiter = null;
        _outcome = CompletionOutcome.Pending;
        _version++;
        return outcome;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private protected void Check(int version)
    {
        if (version != _version)
            ThrowStale();
    }

    /// <summary>Gives what is behind a use that ended without a result to the code that awaits it, as the machine does; and this object back.</summary>
    private protected partial void Fail(CompletionOutcome outcome);

    /// <summary>Ends what the machine keeps for a use.</summary>
    partial void EndUse();

    private static void ThrowStale() => Misuse.Throw("This task was awaited before; it may be awaited once.");

    private static void ThrowPending() => Misuse.Throw(
        "This operation has not ended, so it has no result yet: Result and GetAwaiter().GetResult() of a ValueTask don't wait for it. Await it.");

    // Rare, as who awaits looks first whether it has to.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WakeNow() => Wake();

    private void Wake() => _executor.MakeReady(_waiter!);

    private void Arm(long due, bool isDelay)
    {
        _isDelay = isDelay;
        if (!IsCompleted)
            _executor.Arm(this, due);
    }
}
