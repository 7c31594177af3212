using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Ipc.Bench.Tasks;

/// <summary>Measures asynchronous calls at every concurrency and amount of work, in turn.</summary>
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
        EndpointCap server = TaskContext.Endpoint(Scenario.Calls);
        Pace pace = BenchmarkTask.Pace;
        using var doorbells = new DoorbellCounter();
        await AsyncServer.StartedAsync(server);
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
            await point.Calls.CalibrateAsync(pace.Window);

        foreach (int round in pace.CountRounds())
        {
            BenchmarkTask.Progress($"asynchronous calls on {where}: round {round} of {pace.Rounds}");
            foreach (Point point in points)
                await point.Calls.MeasureAsync();
        }

        using (await server.CallAsync(AsyncServer.Last))
        {
        }

        BenchmarkTask.Return(new SweepResult([.. points.Select(point => point.Result)]), FiguresContext.Default.SweepResult);
        return 0;
    }

    private static async ValueTask WarmUpAsync(EndpointCap server, DoorbellCounter doorbells, Pace pace)
    {
        const int Concurrency = 8, Calls = 1000;
        var load = new CallLoad(server, Concurrency, label: 0, doorbells);
        for (TimeSpan spent = TimeSpan.Zero; spent < pace.WarmUp;)
            spent += (await load.RunAsync(Calls)).Elapsed;
    }

    /// <summary>Is one combination and what was measured of it.</summary>
    private sealed class Point(EndpointCap server, int concurrency, int cores, ushort workUs, DoorbellCounter doorbells)
    {
        public Subject Calls { get; } = new(16L * concurrency, new CallLoad(server, concurrency, workUs, doorbells).RunAsync);

        public AsyncPoint Result =>
            new(concurrency, cores, workUs, Spread.Of(Calls.NsPerCall), Calls.DoorbellsPerCall, Calls.BytesPerCall);
    }
}
