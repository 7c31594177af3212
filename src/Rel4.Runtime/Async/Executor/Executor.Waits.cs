namespace Rel4.Runtime;

/// <content>Waits that others end, and timers.</content>
public sealed partial class Executor
{
    private readonly CompletionPool<Nothing> _waits;
    private readonly YieldSource _yielding;
    private TimerHeap _timers = new();

    /// <summary>Gets the time, as the timers count it.</summary>
    private partial long Now { get; }

    /// <summary>Lets every other ready coroutine of this priority, and of those before it, run first.</summary>
    public CoTask Yield() => new(_yielding);

    /// <summary>Wakes a suspended coroutine.</summary>
    /// <returns>False if the id is stale, or the coroutine is not suspended: then nobody was woken.</returns>
    /// <exception cref="InvalidOperationException">This is another thread than the executor's.</exception>
    public bool Wake(CoroutineId id)
    {
        RequireOwner();
        return Find(id) is { Suspension: { } wait } coroutine && wait.TrySetResult(coroutine.SuspensionVersion, default);
    }

    /// <summary>Arms the timer of a completion.</summary>
    internal void Arm(Completion completion, long due)
    {
        if (completion.TimerIndex >= 0)
            _timers.Remove(completion);
        _timers.Add(completion, due);
    }

    /// <summary>Disarms the timer of a completion that has one.</summary>
    internal void Disarm(Completion completion) => _timers.Remove(completion);

    /// <summary>Gets the coroutine that runs, which is one and can be suspended.</summary>
    private Coroutine RequireSuspendable()
    {
        RequireOwner();
        if (_current.Slot < 0 || _current.HasEnded)
            Misuse.Throw("Only a coroutine can be suspended; this code runs outside of any.");
        if (_current.IsSuspended)
            Misuse.Throw("Another method of this coroutine is suspended already; a wake could not tell them apart.");
        return _current;
    }

    /// <summary>Takes what <see cref="Wake"/> completes for a coroutine.</summary>
    private Completion<Nothing> BeginSuspension(Coroutine coroutine)
    {
        Completion<Nothing> wait = _waits.Rent();
        coroutine.Suspension = wait;
        coroutine.SuspensionVersion = wait.Version;
        return wait;
    }

    /// <summary>Completes what is due.</summary>
    /// <returns>Whether anything was.</returns>
    private bool RunTimers()
    {
        if (_timers.Count == 0)
            return false;
        long now = Now;
        bool found = false;
        for (; _timers.Count > 0 && _timers.FirstDue <= now; found = true)
            _timers.RemoveFirst().OnDue();
        return found;
    }
}
