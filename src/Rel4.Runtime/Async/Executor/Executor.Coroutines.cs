namespace Rel4.Runtime;

public sealed partial class Executor
{
    // Stand for code that belongs to no coroutine, one for each priority.
    private readonly Coroutine[] _outside;

    private Coroutine[] _coroutines = [];
    private int _slots;
    private int _alive;
    private Coroutine? _freeCoroutines;
    private Coroutine _current;

    /// <summary>Gets the coroutine that runs; the default outside of any.</summary>
    public CoroutineId CurrentCoroutine => _current.Id;

    /// <summary>Gets how many coroutines have not ended.</summary>
    public int CoroutineCount => _alive;

    /// <summary>Makes a coroutine that is ready to run an async method.</summary>
    /// <remarks>It first runs after the caller has suspended.</remarks>
    /// <param name="body">The method.</param>
    /// <param name="priority">0 to 7, 0 first.</param>
    /// <returns>Its id, for <see cref="Join"/> and <see cref="Wake"/>.</returns>
    /// <exception cref="ArgumentNullException">There is no method.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such priority.</exception>
    /// <exception cref="InvalidOperationException">This is another thread than the executor's.</exception>
    public CoroutineId Spawn(Func<ValueTask> body, int priority = DefaultPriority)
    {
        ArgumentNullException.ThrowIfNull(body);
        return Spawn(static body => body(), body, priority);
    }

    /// <summary>Makes a coroutine that is ready to run an async method with an argument, so that the method needs no closure.</summary>
    /// <inheritdoc cref="Spawn(Func{ValueTask}, int)"/>
    /// <param name="state">The argument.</param>
    public CoroutineId Spawn<TState>(Func<TState, ValueTask> body, TState state, int priority = DefaultPriority)
    {
        RequireOwner();
        ArgumentNullException.ThrowIfNull(body);
        CheckPriority(priority);
        Coroutine coroutine = RentCoroutine();
        coroutine.Priority = priority;
        coroutine.Body = CoroutineBody<TState>.Rent(body, state);
        coroutine.HasEnded = false;
        _alive++;
        MakeReady(coroutine, Coroutine.Start, coroutine);
        return coroutine.Id;
    }

    /// <summary>Waits until a coroutine has ended, and takes its failure if it failed.</summary>
    /// <remarks>
    /// Without a joiner at its end, a failure goes to <see cref="CoroutineFailed"/>, and a later Join completes at once. A parent that
    /// joins before it awaits anything else misses nothing.
    /// </remarks>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the coroutine ended by a cancellation.</exception>
    /// <exception cref="InvalidOperationException">This is another thread than the executor's.</exception>
    public CoTask Join(CoroutineId id, CancellationToken cancellationToken = default)
    {
        RequireOwner();
        if (cancellationToken.IsCancellationRequested)
            return Canceled(cancellationToken);
        if (Find(id) is not { } coroutine)
            return CoTask.CompletedTask;
        Completion<Nothing> end = _waits.Rent();
        coroutine.Joiners = new Joiner(end, end.Version, coroutine.Joiners);
        end.CancelBy(cancellationToken);
        return new CoTask(end);
    }

    /// <summary>Tells whether a coroutine has not ended.</summary>
    public bool IsAlive(CoroutineId id) => Find(id) is not null;

    /// <summary>Gets whether the code that runs has begun to await something of this executor, which it can't have before it returns.</summary>
    internal bool HasAwaited => _hasAwaited;

    /// <summary>Gets the coroutine that runs, or what stands for code outside of any.</summary>
    internal Coroutine CurrentOwner => _current;

    /// <summary>Notes that the running coroutine waits for something, and tells which that is.</summary>
    internal Coroutine BeginAwait()
    {
        _current.Outstanding++;
        _hasAwaited = true;
        return _current;
    }

    /// <summary>Ends a coroutine: makes its id stale, tells joiners, and frees its slot.</summary>
    internal void Finish(Coroutine coroutine, Exception? error)
    {
        CoroutineId id = coroutine.Id;
        Joiner? joiner = coroutine.Joiners;
        coroutine.Retire();
        coroutine.HasEnded = true;
        coroutine.Body = null;
        coroutine.Joiners = null;
        coroutine.Suspension = null;
        _alive--;
        bool isTaken = error is null or OperationCanceledException;
        for (; joiner is not null; joiner = joiner.Next)
        {
            if (error is null)
                joiner.Completion.TrySetResult(joiner.Version, default);
            else
                isTaken |= joiner.Completion.TrySetException(joiner.Version, error);
        }

        if (error is not null)
            Failed?.Invoke(id);
        if (!isTaken)
            Report(id, error!);
        ReturnCoroutine(coroutine);
    }

    private Coroutine? Find(CoroutineId id)
    {
        if ((uint)id.Slot >= (uint)_slots)
            return null;
        Coroutine coroutine = _coroutines[id.Slot];
        return coroutine.Generation == id.Generation && !coroutine.HasEnded ? coroutine : null;
    }

    private Coroutine RentCoroutine()
    {
        if (_freeCoroutines is { } free)
        {
            _freeCoroutines = free.NextFree;
            free.NextFree = null;
            free.IsFree = false;
            return free;
        }

        if (_slots == _coroutines.Length)
            Array.Resize(ref _coroutines, Math.Max(16, _slots * 2));
        return _coroutines[_slots] = new Coroutine(this, _slots++, DefaultPriority);
    }

    /// <summary>Frees the slot of a coroutine that has ended, unless something of it is still to run.</summary>
    private void ReturnCoroutine(Coroutine coroutine)
    {
        if (coroutine.Outstanding != 0 || coroutine.IsFree)
            return;
        coroutine.IsFree = true;
        coroutine.NextFree = _freeCoroutines;
        _freeCoroutines = coroutine;
    }
}
