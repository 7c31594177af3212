using System.Diagnostics;

namespace Rel4.Cli.Demo.Machines;

/// <summary>Counts how requests end, second by second, and notes what was done meanwhile. For any thread.</summary>
internal sealed class Timeline
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly List<SecondFigures> _seconds = [];
    private readonly List<EventFigures> _events = [];

    /// <summary>Gets what was counted, from the first second to the last.</summary>
    public IReadOnlyList<SecondFigures> Seconds
    {
        get
        {
            lock (_seconds)
                return [.. _seconds.Select(second => second with { Replies = [.. second.Replies] })];
        }
    }

    /// <summary>Gets what was done.</summary>
    public IReadOnlyList<EventFigures> Events
    {
        get
        {
            lock (_seconds)
                return [.. _events];
        }
    }

    /// <summary>Counts a request that ends now.</summary>
    public void Count(int store, CallOutcome outcome)
    {
        lock (_seconds)
        {
            int number = (int)Stopwatch.GetElapsedTime(_start).TotalSeconds;
            while (_seconds.Count <= number)
                _seconds.Add(new SecondFigures(_seconds.Count, new long[KvMachines.Stores.Count], 0, 0));
            SecondFigures second = _seconds[number];
            if (outcome == CallOutcome.Answered)
                second.Replies[store]++;
            else if (outcome == CallOutcome.NotCarriedOut)
                _seconds[number] = second with { NotCarriedOut = second.NotCarriedOut + 1 };
            else
                _seconds[number] = second with { Unknown = second.Unknown + 1 };
        }
    }

    /// <summary>Notes that something was done now.</summary>
    public void Note(string text)
    {
        lock (_seconds)
            _events.Add(new EventFigures(Stopwatch.GetElapsedTime(_start).TotalSeconds, text));
    }
}
