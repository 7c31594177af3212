using System.Diagnostics;
using System.Net.Sockets;
using Rel4.Hosted.Composition;
using Rel4.Ipc.Bench.Baselines;
using Rel4.Runtime;

namespace Rel4.Ipc.Bench.Tasks;

/// <summary>Measures round trips between two tasks that both sleep before each: an asynchronous call and a Unix socket, in turn.</summary>
internal static class ParkedClient
{
    /// <summary>Is longer than anybody polls.</summary>
    private static readonly TimeSpan s_sleep = TimeSpan.FromMilliseconds(2);

    public static int Run()
    {
        BenchmarkTask.Pin();
        return ReL4.Run(RunAsync);
    }

    private static async ValueTask<int> RunAsync()
    {
        const int SamplesPerRound = 30;
        Endpoint server = TaskContext.Endpoint(Scenario.Calls);
        using Socket socket = UnixSocket.Connect(AsyncServer.Socket);
        byte[] message = new byte[sizeof(ulong)];
        int samples = SamplesPerRound * BenchmarkTask.Pace.Rounds;
        List<double> calls = [], socketRoundTrips = [];
        BenchmarkTask.Progress("round trips between sleeping tasks");
        for (int sample = -SamplesPerRound; sample < samples; sample++)
        {
            await Executor.Current!.Delay(s_sleep);
            long start = Stopwatch.GetTimestamp();
            using (await server.CallAsync(label: 0, message))
            {
            }

            double call = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
            Thread.Sleep(s_sleep);
            start = Stopwatch.GetTimestamp();
            UnixSocket.RoundTrip(socket, message, count: 1);
            double socketRoundTrip = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
            // The first ones run code that is not compiled yet.
            if (sample < 0)
                continue;
            calls.Add(call);
            socketRoundTrips.Add(socketRoundTrip);
        }

        using (await server.CallAsync(AsyncServer.Last))
        {
        }

        BenchmarkTask.Return(
            new ParkedResult(Interleaved.Median(calls), Interleaved.Median(socketRoundTrips)), FiguresContext.Default.ParkedResult);
        return 0;
    }
}
