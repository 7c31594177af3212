namespace Rel4.Runtime;

/// <summary>Has the garbage collector look for forgotten messages while a channel stands still because its peer's share of the memory is used up.</summary>
/// <remarks>
/// Messages that are kept on purpose look the same, so the collector is asked less and less often: after a tenth of a second at first, every half a minute in the
/// end. In the background, and not from an executor's thread.
/// </remarks>
internal static class ForgottenSearch
{
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(100), s_longest = TimeSpan.FromSeconds(30);
    private static readonly Lock s_lock = new();
    private static readonly Timer s_timer = new(static _ => Collect());
    private static TimeSpan s_pause = s_shortest;
    private static int s_standing;

    /// <summary>Says that channels of one more peer stand still.</summary>
    public static void Begin()
    {
        lock (s_lock)
        {
            if (s_standing++ == 0)
                s_timer.Change(s_pause, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Says that they don't any more.</summary>
    public static void End()
    {
        lock (s_lock)
        {
            if (--s_standing == 0)
                s_timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Says that something was found: it may be worth while to look again soon.</summary>
    public static void Found()
    {
        lock (s_lock)
            s_pause = s_shortest;
    }

    private static void Collect()
    {
        lock (s_lock)
        {
            if (s_standing == 0)
                return;
            s_pause = TimeSpan.FromTicks(Math.Min(2 * s_pause.Ticks, s_longest.Ticks));
            s_timer.Change(s_pause, Timeout.InfiniteTimeSpan);
        }

        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
    }
}

/// <content>Has forgotten messages looked for while channels stand still.</content>
internal sealed partial class PeerShare
{
    static partial void OnStandstill() => ForgottenSearch.Begin();

    static partial void OnStandstillEnded() => ForgottenSearch.End();
}
