using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Ipc.Bench.Tasks;

/// <summary>Measures typed calls and plain ones in turn, between the same two processes.</summary>
internal static class TypedClient
{
    public static int Run() => ReL4.Run(RunAsync);

    private static async ValueTask<int> RunAsync()
    {
        BenchmarkTask.Pin();
        Pace pace = BenchmarkTask.Pace;
        EndpointCap server = TaskContext.Endpoint(Scenario.Calls);
        await AsyncServer.StartedAsync(server);
        IEcho typed = EchoContract.Connect(TaskContext.Endpoint(Scenario.Typed));
        using var doorbells = new DoorbellCounter();
        (string Way, int InFlight, Subject Subject)[] ways =
        [
            .. from inFlight in (int[])[1, WaysClient.Many]
               from way in (string[])[Ways.Async, Ways.Typed]
               let load = new CallLoad(server, inFlight, AsyncServer.Echo, doorbells, way == Ways.Typed ? typed : null)
               select (way, inFlight, new Subject(inFlight, load.RunAsync)),
        ];
        foreach ((string way, int inFlight, Subject subject) in ways)
        {
            BenchmarkTask.Progress($"warming up, {way}, {inFlight} at a time");
            await subject.WarmUpAsync(pace.WarmUp);
            await subject.CalibrateAsync(pace.Window);
        }

        foreach (int round in pace.CountRounds())
        {
            BenchmarkTask.Progress($"round {round} of {pace.Rounds}");
            foreach ((_, _, Subject subject) in ways)
                await subject.MeasureAsync();
        }

        using (await server.CallAsync(AsyncServer.Last))
        {
        }

        BenchmarkTask.Return(
            new WaysResult([.. ways.Select(way => new WayRounds(way.Way, way.InFlight, way.Subject.NsPerCall, way.Subject.BytesPerCall, way.Subject.DoorbellsPerCall))], []),
            FiguresContext.Default.WaysResult);
        return 0;
    }
}
