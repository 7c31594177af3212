using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Rel4.Testing;

/// <summary>Knows of code that has left a test system's threads for the thread pool, as behind <c>ConfigureAwait(false)</c> or in <c>Task.Run</c>: time stands still until it comes back.</summary>
/// <remarks>
/// Such code has the execution context of whoever it comes from, so the pool's threads show when they run any. What is queued counts as some of it, as nobody knows whose it is. What
/// waits without a thread, for a file or a socket, is not known.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "Nobody asks for the event's wait handle, and what comes late sets it: there is nothing to dispose of.")]
internal sealed class Outside
{
    // For code that stays outside; at the end of all, for what waits without a thread; and where the pool works on anything, for what it has taken and not shown yet.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1), s_lastPatience = TimeSpan.FromMilliseconds(500), s_quiet = TimeSpan.FromMilliseconds(5);

    private static readonly AsyncLocal<Outside?> s_of = new(OnSwitched);

    private readonly ManualResetEventSlim _hasCome = new();
    private readonly int _ownWorkers = Thread.CurrentThread.IsThreadPoolThread ? 1 : 0;
    private int _running;

    /// <summary>Has what the calling thread begins from now on be a system's; null for none.</summary>
    public static Outside? OfFlow
    {
        get => s_of.Value;
        set => s_of.Value = value;
    }

    /// <summary>Takes note that something has come back. Any thread.</summary>
    public void Come() => _hasCome.Set();

    /// <summary>Waits until something comes back, if anything may.</summary>
    /// <param name="isLast">Whether nothing else can happen any more.</param>
    public bool TryAwait(bool isLast)
    {
        long start = Stopwatch.GetTimestamp(), quiet = start;
        while (!_hasCome.IsSet && Stopwatch.GetElapsedTime(start) < s_patience)
        {
            if (Volatile.Read(ref _running) > 0 || ThreadPool.PendingWorkItemCount > 0)
                quiet = Stopwatch.GetTimestamp();
            else if (!IsPoolBusy() || Stopwatch.GetElapsedTime(quiet) > s_quiet)
                break;
            _hasCome.Wait(millisecondsTimeout: 1);
        }

        bool hasCome = isLast ? _hasCome.Wait(s_lastPatience) : _hasCome.IsSet;
        if (hasCome)
            _hasCome.Reset();
        return hasCome;
    }

    private bool IsPoolBusy()
    {
        ThreadPool.GetMaxThreads(out int most, out _);
        ThreadPool.GetAvailableThreads(out int available, out _);
        return most - available > _ownWorkers;
    }

    private static void OnSwitched(AsyncLocalValueChangedArgs<Outside?> change)
    {
        if (!change.ThreadContextChanged || !Thread.CurrentThread.IsThreadPoolThread || TestThread.Current is not null)
            return;
        if (change.PreviousValue is { } left)
            Interlocked.Decrement(ref left._running);
        if (change.CurrentValue is { } entered)
            Interlocked.Increment(ref entered._running);
    }
}
