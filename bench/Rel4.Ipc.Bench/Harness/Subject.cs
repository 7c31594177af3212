namespace Rel4.Ipc.Bench;

/// <summary>Something to be measured in turn with others, and what was found.</summary>
/// <param name="leastCalls">How many calls it begins with.</param>
/// <param name="measure">Makes and measures so many calls.</param>
internal sealed class Subject(long leastCalls, Func<long, ValueTask<Measured>> measure)
{
    private readonly List<Measured> _samples = [];
    private long _calls = leastCalls;

    /// <summary>Gets what a call took in each round.</summary>
    public IReadOnlyList<double> NsPerCall => [.. _samples.Select(sample => sample.NsPerCall)];

    /// <summary>Gets the doorbells of a call.</summary>
    public double DoorbellsPerCall => Interleaved.Median(_samples.Select(sample => sample.Doorbells / sample.Calls));

    /// <summary>Gets the bytes that a call allocates.</summary>
    public double BytesPerCall => Interleaved.Median(_samples.Select(sample => sample.AllocatedBytes / sample.Calls));

    /// <summary>Runs for a while, in many short measurements, as methods are compiled anew after 30 calls.</summary>
    public async ValueTask WarmUpAsync(TimeSpan time)
    {
        for (TimeSpan spent = TimeSpan.Zero; spent < time;)
        {
            TimeSpan last = (await measure(_calls)).Elapsed;
            spent += last;
            if (last < time / 40)
                _calls *= 2;
        }
    }

    /// <summary>Finds out how many calls fill a window.</summary>
    public async ValueTask CalibrateAsync(TimeSpan window)
    {
        Measured measured = await measure(_calls);
        while (measured.Elapsed < window / 4)
        {
            _calls *= 2;
            measured = await measure(_calls);
        }

        _calls = Math.Max(1, (long)(_calls * (window / measured.Elapsed)));
    }

    /// <summary>Measures a round.</summary>
    public async ValueTask MeasureAsync() => _samples.Add(await measure(_calls));
}
