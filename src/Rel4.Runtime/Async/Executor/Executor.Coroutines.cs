using System.Runtime.CompilerServices;

namespace Rel4.Runtime;

/// <content>The table of coroutines.</content>
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

    /// <summary>Tells whether a coroutine has not ended.</summary>
    public bool IsAlive(CoroutineId id) => Find(id) is not null;

    /// <summary>Gets whether the code that runs has begun to await something of this executor, which it can't have before it returns.</summary>
    internal bool HasAwaited => _hasAwaited;

    /// <summary>Gets the coroutine that runs, or what stands for code outside of any.</summary>
    internal Coroutine CurrentOwner => _current;

    /// <summary>Tells whether a method that another awaits may have that go on before it returns itself, and counts that.</summary>
    internal bool MayGoOnInCall() => _inCall++ < MostInOneCall;

    /// <summary>Notes that the running coroutine waits for something, and tells which that is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Coroutine BeginAwait()
    {
        Coroutine owner = _current;
        owner.Outstanding++;
        _hasAwaited = true;
        return owner;
    }

    /// <summary>Makes a coroutine that is ready to run a frame.</summary>
    private CoroutineId Begin(CoFrame body, int priority)
    {
        Coroutine coroutine = RentCoroutine();
        coroutine.Priority = priority;
        coroutine.HasEnded = false;
        _alive++;
        MakeReady(coroutine, body);
        return coroutine.Id;
    }

    /// <summary>Takes what ends with a coroutine.</summary>
    /// <returns>Null if it has ended.</returns>
    private Completion<Nothing>? TryJoin(CoroutineId id)
    {
        if (Find(id) is not { } coroutine)
            return null;
        Completion<Nothing> end = _waits.Rent();
        coroutine.Joiners = new Joiner(end, coroutine.Joiners);
        return end;
    }

    /// <summary>Ends a coroutine: makes its id stale, tells joiners, and frees its slot.</summary>
    internal void Finish(Coroutine coroutine)
    {
        for (Joiner? joiner = Retire(coroutine); joiner is not null; joiner = joiner.Next)
            joiner.Completion.TrySetResult(joiner.Version, default);
        ReturnCoroutine(coroutine);
    }

    /// <summary>Makes a coroutine's id stale.</summary>
    /// <returns>Those who wait for its end.</returns>
    private Joiner? Retire(Coroutine coroutine)
    {
        Joiner? joiners = coroutine.Joiners;
        coroutine.Retire();
        coroutine.HasEnded = true;
        coroutine.Joiners = null;
        coroutine.Suspension = null;
        _alive--;
        return joiners;
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
