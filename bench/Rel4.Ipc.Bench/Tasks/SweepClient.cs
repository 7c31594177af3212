using Rel4.Hosted.Composition;
using Rel4.Ipc.Bench.Baselines;
using Rel4.Runtime;

namespace Rel4.Ipc.Bench.Tasks;

/// <summary>Measures asynchronous calls at every concurrency and amount of work, and the cache line's round trip, in turn.</summary>
internal static class SweepClient
{
    private static readonly int[] s_concurrencies = [1, 2, 4, 8, 16, 32, 64, 128];
    private static readonly ushort[] s_workUs = [0, 1, 10];

    /// <summary>Runs where client and server have a core each.</summary>
    public static int RunOnTwoCores() => ReL4.Run(() => RunAsync(cores: 2));

    /// <summary>Runs where both share a core.</summary>
    public static int RunOnOneCore() => ReL4.Run(() => RunAsync(cores: 1));

    private static async ValueTask<int> RunAsync(int cores)
    {
        BenchmarkTask.Pin();
        Endpoint server = TaskContext.Endpoint(Scenario.Calls);
        Pace pace = BenchmarkTask.Pace;
        using var doorbells = new DoorbellCounter();
        await AsyncServer.StartedAsync(server);
        using CacheLine? line = cores == 2 ? new CacheLine() : null;
        string where = cores == 2 ? "two cores" : "one core";
        BenchmarkTask.Progress($"asynchronous calls on {where}: warming up");
        await WarmUpAsync(server, doorbells, pace);
        Point[] points =
        [
            .. from workUs in s_workUs
               from concurrency in s_concurrencies
               select new Point(server, concurrency, cores, workUs, doorbells),
        ];
        foreach (Point point in points)
            await point.CalibrateAsync(pace.Window);

        var lines = new List<double>();
        foreach (int round in pace.CountRounds())
        {
            BenchmarkTask.Progress($"asynchronous calls on {where}: round {round} of {pace.Rounds}");
            if (line is not null)
                lines.Add(RoundTripOf(line, pace));
            foreach (Point point in points)
                await point.MeasureAsync();
        }

        using (await server.CallAsync(AsyncServer.Last))
        {
        }

        var result = new SweepResult([.. points.Select(point => point.Result)], lines.Count == 0 ? null : Interleaved.Median(lines));
        BenchmarkTask.Return(result, FiguresContext.Default.SweepResult);
        return 0;
    }

    private static async ValueTask WarmUpAsync(Endpoint server, DoorbellCounter doorbells, Pace pace)
    {
        const int Concurrency = 8, Calls = 1000;
        var load = new CallLoad(server, Concurrency, label: 0, doorbells);
        for (TimeSpan spent = TimeSpan.Zero; spent < pace.WarmUp;)
            spent += (await load.RunAsync(Calls)).Elapsed;
    }

    private static double RoundTripOf(CacheLine line, Pace pace)
    {
        const int Nanoseconds = 200; // about what one takes
        int count = (int)(pace.Window.TotalNanoseconds / Nanoseconds);
        return line.RoundTrip(count).TotalNanoseconds / count;
    }

    /// <summary>Is one combination and what was measured of it.</summary>
    private sealed class Point(Endpoint server, int concurrency, int cores, ushort workUs, DoorbellCounter doorbells)
    {
        private readonly CallLoad _load = new(server, concurrency, workUs, doorbells);
        private readonly List<CallLoad.Measured> _samples = [];
        private long _calls = 16L * concurrency;

        public AsyncPoint Result => new(
            concurrency,
            cores,
            workUs,
            Interleaved.Median(_samples.Select(sample => sample.NsPerCall)),
            Interleaved.Median(_samples.Select(sample => sample.Doorbells / sample.Calls)),
            Interleaved.Median(_samples.Select(sample => sample.AllocatedBytes / sample.Calls)));

        /// <summary>Finds out how many calls fill a window.</summary>
        public async ValueTask CalibrateAsync(TimeSpan window)
        {
            CallLoad.Measured measured = await _load.RunAsync(_calls);
            while (measured.Elapsed < window / 4)
            {
                _calls *= 2;
                measured = await _load.RunAsync(_calls);
            }

            _calls = Math.Max(1, (long)(_calls * (window / measured.Elapsed)));
        }

        public async ValueTask MeasureAsync() => _samples.Add(await _load.RunAsync(_calls));
    }
}
