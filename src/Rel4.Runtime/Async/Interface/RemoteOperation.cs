using System.Buffers;
using System.Runtime.ExceptionServices;

namespace Rel4.Runtime;

/// <summary>What a thread without an executor awaits: something that the process' executor does for it. Pooled by its kind.</summary>
/// <remarks>
/// <para>
/// The caller fills it in and posts it; on the executor it is the frame that begins the operation and waits for its end. Who awaits it goes on where it came
/// from, in its context or in the thread pool, and not on the executor's thread, which it could block. Only a task of .NET's is completed there: a thread that
/// blocks on one is woken by the executor itself. Were that left to the thread pool, callers that block all of its threads would wait for each other.
/// </para>
/// <para>
/// The message is copied: the calling code may go on, because it was cancelled, while the executor still reads. Invariants: 1. <c>_waiter</c> becomes from nothing who waits or
/// <c>s_over</c>, whichever comes first, and <c>s_over</c> in the end: only then the result may be taken; 2. of several that take it one
/// wins the exchange of the version, so no object is free twice.
/// </para>
/// </remarks>
/// <typeparam name="T">The result.</typeparam>
internal abstract class RemoteOperation<T>() : Completion<T>(executor: null!), IThreadPoolWorkItem, IHandedOver
{
    /// <summary>The longest array that a free one keeps for its next message.</summary>
    private const int LongestKept = 4096;

    private static readonly object s_over = new();
    private static readonly SendOrPostCallback s_goOn = static self => ((RemoteOperation<T>)self!).GoOn();

    private object? _waiter;
    private object? _context;
    private CoTask<T>.Awaiter _operation;
    private bool _hasBegun;
    private T? _result;
    private byte[] _bytes = [];
    private int _length;

    /// <summary>Gets what it is done with.</summary>
    private protected ulong Capability { get; private set; }

    /// <summary>Gets the message's label.</summary>
    private protected ushort Label { get; private set; }

    /// <summary>Gets or sets what ends the wait.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>Gets the bytes of the message, or of the reply.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, _length);

    /// <summary>Copies bytes.</summary>
    public void Copy(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Reserve(bytes.Length));

    /// <summary>Has a callback write the bytes. What it leaves out is zero, and nobody's else. If it throws, this is given back.</summary>
    public void Write<TState>(int length, TState state, SpanAction<byte, TState> write)
    {
        Span<byte> place = Reserve(length);
        place.Clear();
        try
        {
            write(place, state);
        }
        catch
        {
            Return();
            throw;
        }
    }

    /// <summary>Has the process' executor do it.</summary>
    public RemoteOperation<T> Post(ulong capability, ushort label, CancellationToken cancellationToken)
    {
        Capability = capability;
        Label = label;
        CancellationToken = cancellationToken;
        TaskRuntime.SharedFor(capability).HandOver(this);
        return this;
    }

    /// <summary>Gives back a use that was not posted, or is over.</summary>
    public void Return()
    {
        CancellationToken = default;
        if (_bytes.Length > LongestKept)
            Resize(0);
        Recycle();
    }

    /// <inheritdoc/>
    public override bool HasEnded(int version)
    {
        Check(version);
        return Volatile.Read(ref _waiter) == s_over;
    }

    /// <summary>Takes the result, and ends this use. Blocks the thread if it is not there.</summary>
    public override T GetResult(int version)
    {
        Check(version);
        // pairs with the writes in End and GoOn: orders the outcome before the sign that it is there.
        object? waiter = Volatile.Read(ref _waiter);
        if (waiter is null)
            return ToTask(version).GetAwaiter().GetResult();
        if (waiter != s_over)
            ThrowAwaited();
        Exception? error = TakeOutcomeAnywhere(version);
        T? result = _result;
        _result = default;
        _waiter = _context = null;
        if (error is null)
        {
            OnTaken();
            return result!;
        }

        Return();
        ExceptionDispatchInfo.Throw(error);
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask<T> ToValueTask(int version) => new(ToTask(version));

    /// <inheritdoc/>
    public override ValueTask ToUntypedValueTask(int version) => new(ToTask(version));

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute() => GoOn();

    /// <inheritdoc/>
    void IHandedOver.Fail(Exception error) => End(result: default, error);

    /// <inheritdoc/>
    internal override void MoveNext()
    {
        T? result = default;
        Exception? error = null;
        try
        {
            if (!_hasBegun)
            {
                _hasBegun = true;
                _operation = Begin().GetAwaiter();
                if (!_operation.IsCompleted)
                {
                    _operation.Suspend(this);
                    return;
                }
            }

            result = _operation.GetResult();
        }
        catch (Exception failure)
        {
            error = failure;
        }

        _hasBegun = false;
        End(result, error);
    }

    /// <inheritdoc/>
    internal override void Suspend(CoFrame frame, int version) => Await(frame, Rel4.Runtime.Executor.Required.CurrentOwner, version);

    /// <inheritdoc/>
    internal override void OnCompleted(Action continuation, int version)
    {
        // As for a task: where the code is at home it comes back to.
        object? context = SynchronizationContext.Current;
        if (context is null || context.GetType() == typeof(SynchronizationContext))
            context = TaskScheduler.Current == TaskScheduler.Default ? null : TaskScheduler.Current;
        Await(continuation, context, version);
    }

    /// <summary>Does it, on the executor.</summary>
    private protected abstract CoTask<T> Begin();

    /// <summary>Is called when a result was taken.</summary>
    private protected virtual void OnTaken() => Return();

    private static void ThrowAwaited() => throw new InvalidOperationException("This task is awaited already; it may be awaited once.");

    private Span<byte> Reserve(int length)
    {
        if (_bytes.Length < length)
            Resize(length);
        _length = length;
        return _bytes.AsSpan(0, length);
    }

    private void Resize(int length)
    {
        byte[] before = _bytes;
        _bytes = ArrayPool<byte>.Shared.Rent(length);
        ArrayPool<byte>.Shared.Return(before);
    }

    private Task<T> ToTask(int version)
    {
        Check(version);
        var task = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!TryAwait(task))
            Complete(task);
        return task.Task;
    }

    private void Await(object waiter, object? context, int version)
    {
        Check(version);
        _context = context;
        if (TryAwait(waiter))
            return;
        _waiter = waiter;
        GoOnInContext();
    }

    /// <summary>Notes who waits.</summary>
    /// <returns>False if the outcome is there.</returns>
    private bool TryAwait(object waiter)
    {
        // pairs with the exchange in End: one of both sees the other.
        object? before = Interlocked.CompareExchange(ref _waiter, waiter, null);
        if (before is not null && before != s_over)
            ThrowAwaited();
        return before is null;
    }

    private void End(T? result, Exception? error)
    {
        _result = result;
        SetOutcome(error);
        // pairs with the exchange in TryAwait. Where nobody waits this is nobody's from here on.
        object? waiter = Interlocked.CompareExchange(ref _waiter, s_over, null);
        if (waiter is TaskCompletionSource<T> task)
            Complete(task);
        else if (waiter is not null)
            GoOnInContext();
    }

    private void Complete(TaskCompletionSource<T> task)
    {
        _waiter = s_over;
        try
        {
            task.SetResult(GetResult(Version));
        }
        catch (OperationCanceledException cancelled)
        {
            task.SetCanceled(cancelled.CancellationToken);
        }
        catch (Exception failure)
        {
            task.SetException(failure);
        }
    }

    private void GoOnInContext()
    {
        switch (_context)
        {
            case null:
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                break;
            case SynchronizationContext context:
                context.Post(s_goOn, this);
                break;
            case TaskScheduler scheduler:
                new TaskFactory(scheduler).StartNew(static self => ((RemoteOperation<T>)self!).GoOn(), this);
                break;
        }
    }

    private void GoOn()
    {
        object waiter = _waiter!;
        // From here on the result may be taken, and this be another caller's.
        Volatile.Write(ref _waiter, s_over);
        if (waiter is Action continuation)
            continuation();
        else
            ((CoFrame)waiter).MoveNext();
    }
}
