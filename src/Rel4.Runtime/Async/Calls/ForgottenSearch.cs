namespace Rel4.Runtime;

/// <summary>
/// Has the garbage collector look for forgotten messages where it might not come by itself: while a channel sleeps whose requests code has in hands, or stands
/// still because its peer's share of the memory is used up.
/// </summary>
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
    private static int s_reasons;
    private static bool s_isArmed;

    /// <summary>Says that there is one more reason.</summary>
    public static void Begin()
    {
        lock (s_lock)
        {
            s_reasons++;
            if (!s_isArmed)
                Arm();
        }
    }

    /// <summary>Says that one of the reasons is gone.</summary>
    public static void End()
    {
        // The timer goes on, and looks then: else reasons that come and go would put it off for ever.
        lock (s_lock)
            s_reasons--;
    }

    /// <summary>Says that something was found: it may be worth while to look again soon.</summary>
    public static void Found()
    {
        lock (s_lock)
            s_pause = s_shortest;
    }

    private static void Arm()
    {
        s_isArmed = true;
        s_timer.Change(s_pause, Timeout.InfiniteTimeSpan);
    }

    private static void Collect()
    {
        lock (s_lock)
        {
            s_isArmed = false;
            if (s_reasons == 0)
                return;
            s_pause = TimeSpan.FromTicks(Math.Min(2 * s_pause.Ticks, s_longest.Ticks));
            Arm();
        }

        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
    }
}
