using System.Diagnostics;
using Rel4.Hosted.Linux;

namespace Rel4.Hosted.TaskSide;

/// <summary>Measures what it costs to wake a thread that sleeps for a bell: two threads ring each other in turn.</summary>
internal static unsafe class WakeUpMeasurement
{
    // Few enough to take less than a millisecond, enough for a median that one interruption does not move.
    private const int Rounds = 15;

    // Of a sleeping thread on a machine of these years, where descriptors have run out.
    private static readonly TimeSpan s_usual = TimeSpan.FromMicroseconds(30);

    private static readonly TimeSpan s_least = TimeSpan.FromMicroseconds(2);
    private static readonly TimeSpan s_most = TimeSpan.FromMicroseconds(200);

    /// <summary>Measures, in about a millisecond.</summary>
    public static TimeSpan Take()
    {
        using var near = new Sleeper();
        using var far = new Sleeper();
        if (!near.IsUsable || !far.IsUsable)
            return s_usual;
        var echo = new Thread(() =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                far.Sleep();
                near.Wake();
            }
        }) { IsBackground = true, Name = "reL4 measurement" };
        echo.UnsafeStart();
        Span<long> rounds = stackalloc long[Rounds];
        for (int i = 0; i < Rounds; i++)
        {
            long start = Stopwatch.GetTimestamp();
            far.Wake();
            near.Sleep();
            rounds[i] = Stopwatch.GetTimestamp() - start;
        }

        echo.Join();
        rounds.Sort();
        var wakeUp = TimeSpan.FromSeconds((double)rounds[Rounds / 2] / 2 / Stopwatch.Frequency);
        return wakeUp < s_least ? s_least : wakeUp > s_most ? s_most : wakeUp;
    }

    private sealed class Sleeper : IDisposable
    {
        private readonly int _bell = Descriptors.TryCreateEvent();
        private readonly int _epoll = Epoll.TryCreate();

        public bool IsUsable => _bell >= 0 && _epoll >= 0 && Epoll.TryAddDoorbell(_epoll, _bell);

        public void Wake() => Descriptors.Ring(_bell);

        public void Sleep()
        {
            Epoll.Event rung;
            while (Epoll.Wait(_epoll, &rung, 1, -1) == 0)
            {
            }
        }

        public void Dispose() => Descriptors.CloseAll(_bell, _epoll);
    }
}
