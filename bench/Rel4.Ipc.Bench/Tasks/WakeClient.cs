using System.Diagnostics;
using System.Net.Sockets;
using Rel4.Hosted.Composition;
using Rel4.Ipc.Bench.Baselines;
using Rel4.Runtime;

namespace Rel4.Ipc.Bench.Tasks;

/// <summary>Measures round trips between two tasks that both sleep before each, by one way after another.</summary>
internal static class WakeClient
{
    /// <summary>Is longer than anybody polls.</summary>
    private static readonly TimeSpan s_sleep = TimeSpan.FromMilliseconds(2);

    public static int Run() => ReL4.Run(RunAsync);

    private static async ValueTask<int> RunAsync()
    {
        const int WarmUps = 30, SamplesPerRound = 10;
        BenchmarkTask.Pin();
        EndpointCap server = TaskContext.Endpoint(Scenario.Calls);
        NotificationCap signals = TaskContext.Notification(Scenario.ToServer), answers = TaskContext.Notification(Scenario.ToClient);
        await AsyncServer.StartedAsync(server);
        using Socket socket = UnixSocket.Connect(AsyncServer.Socket);
        var events = EventDescriptors.Connect();
        byte[] message = new byte[sizeof(ulong)];
        List<double> calls = [], signalled = [], socketRoundTrips = [], eventRoundTrips = [];
        BenchmarkTask.Progress("round trips between sleeping tasks");
        // The first ones run code that is not compiled yet.
        for (int i = 0; i < WarmUps; i++)
            await SampleAsync();
        foreach (List<double> samples in (List<double>[])[calls, signalled, socketRoundTrips, eventRoundTrips])
            samples.Clear();
        foreach (int _ in BenchmarkTask.Pace.CountRounds())
        {
            for (int i = 0; i < SamplesPerRound; i++)
                await SampleAsync();
        }

        using (await server.CallAsync(AsyncServer.Last))
        {
        }

        var result = new WakeResult(Figures(calls), Figures(signalled), Figures(socketRoundTrips), Figures(eventRoundTrips));
        BenchmarkTask.Return(result, FiguresContext.Default.WakeResult);
        return 0;

        async ValueTask SampleAsync()
        {
            await Executor.Current!.Delay(s_sleep);
            long start = Stopwatch.GetTimestamp();
            using (await server.CallAsync(label: 0, message))
                calls.Add(Stopwatch.GetElapsedTime(start).TotalNanoseconds);

            await Executor.Current.Delay(s_sleep);
            start = Stopwatch.GetTimestamp();
            ReL4.Signal(signals.CPtr);
            await answers.WaitAsync();
            signalled.Add(Stopwatch.GetElapsedTime(start).TotalNanoseconds);

            Thread.Sleep(s_sleep);
            start = Stopwatch.GetTimestamp();
            UnixSocket.RoundTrip(socket, message, count: 1);
            socketRoundTrips.Add(Stopwatch.GetElapsedTime(start).TotalNanoseconds);

            Thread.Sleep(s_sleep);
            start = Stopwatch.GetTimestamp();
            events.RoundTrip();
            eventRoundTrips.Add(Stopwatch.GetElapsedTime(start).TotalNanoseconds);
        }
    }

    private static WakeFigures Figures(List<double> samples) => new(
        Interleaved.Quantile(samples, 0.25),
        Interleaved.Median(samples),
        Interleaved.Quantile(samples, 0.75),
        Interleaved.Quantile(samples, 0.9),
        Interleaved.Quantile(samples, 0.99));
}
