using System.Diagnostics;
using System.Runtime.Intrinsics.X86;

namespace Rel4.Runtime;

/// <content>Waiting: spins while a peer may bring work, then sleeps.</content>
public sealed partial class Executor
{
    // Between two looks around, at the clock and at what the peers show, while spinning.
    private const int PollsPerLookAround = 16;

    // How many wake-ups' time to spin at most, for peers that work; and for those that only spin, too, or are being woken.
    private const int LongestSpin = 4, LongestSpinForIdle = 2;

    // How many times as long as a stranger has had this processor by a yield nobody gets it by another.
    private const int YieldingRest = 10;

    private static readonly TimeSpan s_longestSpin = TimeSpan.FromMicroseconds(200);

    private long _nextYield;
    private long _spinsPaid;
    private long _spinsMissed;
    private long _parks;

    /// <summary>Gets or sets whether it may spin before it sleeps, while a peer of a channel may bring work. It may, unless said otherwise. On the executor's thread.</summary>
    /// <remarks>
    /// Where work comes from elsewhere, as a gateway's or a bridge's does from sockets, spinning keeps the processor from those that bring it.
    /// </remarks>
    /// <exception cref="InvalidOperationException">This is another thread than the executor's.</exception>
    public bool MaySpin
    {
        get;
        set
        {
            RequireOwner();
            field = value;
        }
    }
    = true;

    /// <summary>Waits for something to do: spins while a peer may bring it soon, then sleeps.</summary>
    private partial void Idle()
    {
        if (MaySpin && _parking.MaySpin && Spin())
            return;
        if (CoolAll())
            Park();
    }

    private partial ulong TakeRungDoorbells() => _parking.TakeDoorbells();

    // The shortest there is: Thread.SpinWait makes it about 40 ns long everywhere, as much as an answer takes to come.
    private static void Pause()
    {
        if (X86Base.IsSupported)
            X86Base.Pause();
        else
            Thread.SpinWait(1);
    }

    /// <summary>Polls for as long as a peer may bring work sooner than a sleeper is woken.</summary>
    /// <remarks>
    /// Spinning for the cost of what it may save is never worse than twice the best (Karlin, Li, Manasse, Owicki: Empirical Studies of Competitive
    /// Spinning, SOSP 1991). What peers show tells more: one that runs on this processor, or sleeps, brings nothing while this spins, and of two that only
    /// spin none does. Nothing is learnt from earlier waits: bad luck of one would make the next ones dear, on both sides.
    /// </remarks>
    /// <returns>Whether that found something.</returns>
    private bool Spin()
    {
        long start = Stopwatch.GetTimestamp(), wakeUp = (long)(_parking.WakeUpCost.TotalSeconds * Stopwatch.Frequency), spun;
        long longest = Math.Min(LongestSpin * wakeUp, (long)(s_longestSpin.TotalSeconds * Stopwatch.Frequency));
        bool goesOn;
        do
        {
            for (int i = 0; i < PollsPerLookAround; i++)
            {
                if (PollHot() || !_ready.IsEmpty)
                    return EndSpin(hasFound: true);
                Pause();
            }

            if (LookAround())
                return EndSpin(hasFound: true);
            long now = Stopwatch.GetTimestamp();
            spun = now - start;
            if (now >= _nextYield)
                start += Yield(now);
            goesOn = spun < longest && IsWorthWaiting(spun < LongestSpinForIdle * wakeUp);
            // Who begins to show it looks once more.
            if (spun < wakeUp || _showsSpinning)
                continue;
            ShowSpinning(true);
            goesOn = true;
        }
        while (goesOn);
        return EndSpin(hasFound: false);
    }

    /// <summary>Lets others have this processor: a thread that waits for it may be whoever brings work next.</summary>
    /// <remarks>
    /// Whoever keeps it for longer than anybody spins is a stranger: one that computes all the time gets a whole slice of the scheduler's by each
    /// yield, and a call would take that long each time.
    /// </remarks>
    /// <returns>How long they had it. That is not spun.</returns>
    private long Yield(long now)
    {
        _parking.YieldProcessor();
        long end = Stopwatch.GetTimestamp(), took = end - now;
        if (took > s_longestSpin.TotalSeconds * Stopwatch.Frequency)
            _nextYield = end + (YieldingRest * took);
        return took;
    }

    private bool EndSpin(bool hasFound)
    {
        if (hasFound)
            _spinsPaid++;
        else
            _spinsMissed++;
        if (_showsSpinning)
            ShowSpinning(false);
        return hasFound;
    }

    private void ShowSpinning(bool shows)
    {
        _showsSpinning = shows;
        _processor = _parking.Processor;
        ShowHot();
    }

    /// <summary>Tells whether anybody may bring work while this thread spins.</summary>
    /// <param name="countsIdle">Whether peers that only spin, or are on their way, may.</param>
    private bool IsWorthWaiting(bool countsIdle) => _hotCount == 0 ? countsIdle : IsAnyPeerAwake(countsIdle);

    private void Park()
    {
        TimeSpan timeout = TimeUntilFirstTimer();
        if (timeout == TimeSpan.Zero)
            return;
        _parking.PreparePark();
        // In this order: what the doorbells bring may have made a coroutine ready.
        if (_injected.IsEmpty && !TakeDoorbells() && _ready.IsEmpty)
        {
            _parks++;
            _parking.Sleep(timeout);
        }

        _parking.EndPark();
        // It may have woken up elsewhere.
        _processor = _parking.Processor;
    }
}
