using System.Diagnostics.CodeAnalysis;

namespace Rel4.Testing;

/// <summary>Lets the threads of a test system run one at a time, each until it waits: so a test takes the same course each time.</summary>
/// <remarks>
/// <para>Whoever waits chooses who is next: in turn, of those whose condition holds. If none does, time moves to the next moment that anybody waits for.</para>
/// <para>Invariant: one thread has the turn, and only that one touches what is here, the kernel, and the tasks' memory.</para>
/// </remarks>
/// <param name="clock">The time.</param>
/// <param name="test">The test's own place: it is told when nobody can go on.</param>
internal sealed class Turns(TestClock clock, Turn test)
{
    /// <summary>How often time may move before the test has its turn again: what it waits for never comes then, though others wait for time.</summary>
    private const int MostSteps = 100_000;

    private readonly List<Turn> _all = [test];
    private int _last;
    private int _steps;

    /// <summary>Adds a thread. It waits for its turn first.</summary>
    public void Add(Turn turn) => _all.Add(turn);

    /// <summary>Gets all but the test's.</summary>
    public IEnumerable<Turn> Others => _all.Where(turn => turn != test);

    /// <summary>Gets what has left the system's threads.</summary>
    public Outside Outside { get; } = new();

    /// <summary>Gives the turn away until a condition holds or a time comes.</summary>
    /// <param name="self">Whose it is.</param>
    /// <param name="what">What it waits for.</param>
    /// <param name="canGoOn">The condition.</param>
    /// <param name="due">The time.</param>
    /// <param name="isLast">Whether it goes on only when nobody else can.</param>
    /// <param name="isProgress">Tells whether what the test's own thread has waited for brings it on, and is not only time that has passed; null if it always does.</param>
    /// <exception cref="TestStandstillException">Nobody can go on. For the test's own thread.</exception>
    public void Wait(Turn self, string what, Func<bool> canGoOn, long due = long.MaxValue, bool isLast = false, Func<bool>? isProgress = null)
    {
        (self.What, self.CanGoOn, self.Due, self.IsLast) = (what, canGoOn, due, isLast);
        Turn next = Choose();
        if (next != self)
        {
            next.Go.Release();
            self.Go.Wait();
        }

        (self.CanGoOn, self.Due, self.IsLast) = (null, long.MaxValue, false);
        if (self == test && isProgress?.Invoke() != false)
            _steps = 0;
        if (self.Standstill is not { } standstill)
            return;
        self.Standstill = null;
        throw new TestStandstillException(standstill);
    }

    /// <summary>Gives the turn away for good.</summary>
    public void Leave(Turn self)
    {
        _all.Remove(self);
        Choose().Go.Release();
    }

    private Turn Choose()
    {
        while (true)
        {
            long now = clock.GetTimestamp();
            if (TryFind(now, isLast: false, out Turn? next) || TryFind(now, isLast: true, out next))
                return next;
            long due = Math.Min(clock.FirstDue, _all.Where(turn => !turn.IsDead).Min(turn => turn.Due));
            if (Outside.TryAwait(isLast: due == long.MaxValue))
                continue;
            if (due == long.MaxValue || _steps++ == MostSteps)
                test.Standstill = Describe(due);
            else
                clock.MoveTo(due);
        }
    }

    private bool TryFind(long now, bool isLast, [NotNullWhen(true)] out Turn? next)
    {
        for (int i = 1; i <= _all.Count; i++)
        {
            int place = (_last + i) % _all.Count;
            next = _all[place];
            if (next.IsLast != isLast || !next.IsReady(now))
                continue;
            _last = place;
            return true;
        }

        next = null;
        return false;
    }

    private string Describe(long due)
    {
        string waits = string.Join("; ", _all.Where(turn => !turn.IsDead));
        return due == long.MaxValue
            ? $"Nobody can go on, and nothing is due: {waits}."
            : $"Time has moved on {MostSteps} times, and what the test waits for has not come: {waits}.";
    }
}
