using System.IO.Pipes;
using System.Net.Sockets;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Ipc.Bench.Baselines;
using Rel4.Runtime;

namespace Rel4.Ipc.Bench.Tasks;

/// <summary>Measures round trips of four words through the kernel and through what Linux and .NET offer, in turn.</summary>
internal static class SyncClient
{
    private const uint Words = 4;

    /// <summary>How many messages are on their way at once where they are sent without waiting.</summary>
    public const int Pipelined = 64;

    public static int Run()
    {
        ulong calls = TaskContext.Endpoint(Scenario.Calls).CPtr;
        // The server listens everywhere before it receives, so that who was answered can connect, however long its start takes.
        Call(calls, 1);
        using Socket socket = UnixSocket.Connect(SyncServer.Socket);
        using NamedPipeClientStream pipe = NamedPipe.Connect();
        using HttpClient http = Http2.Connect();
        byte[] message = new byte[Words * sizeof(ulong)];
        byte[] messages = new byte[Pipelined * message.Length];
        BenchmarkTask.Progress("SeL4.Call beside Unix socket, named pipe and HTTP/2");

        // Longer windows and fewer of them: the kernel gathers those who call again and again beside itself, after a streak of calls.
        Pace pace = BenchmarkTask.Pace;
        double[] medians = Interleaved.Run(
            pace with { Window = 10 * pace.Window, Rounds = 1 + (pace.Rounds / 5) },
            count => Call(calls, count),
            count => UnixSocket.RoundTrip(socket, message, count),
            count => UnixSocket.RoundTrip(socket, messages, count),
            count => NamedPipe.RoundTrip(pipe, message, count),
            count => Http2.RoundTrip(http, message, count));

        long before = GC.GetAllocatedBytesForCurrentThread();
        Call(calls, 1000);
        double bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / 1000.0;
        SeL4.Call(calls, new MessageInfo(SyncServer.Last, 0, 0, 0));
        BenchmarkTask.Return(
            new SyncResult(
                new SyncFigures(medians[0], bytes),
                new IpcBaselines(medians[1], medians[2] / Pipelined, medians[3], medians[4])),
            FiguresContext.Default.SyncResult);
        return 0;
    }

    private static void Call(ulong calls, int count)
    {
        for (int i = 0; i < count; i++)
            SeL4.Call(calls, new MessageInfo(0, 0, 0, Words));
    }
}
