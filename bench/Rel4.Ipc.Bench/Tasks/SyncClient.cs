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

    /// <summary>Runs where Linux puts client and server.</summary>
    public static int Run()
    {
        ulong calls = Connect();
        using Socket socket = UnixSocket.Connect(SyncServer.Socket);
        using NamedPipeClientStream pipe = NamedPipe.Connect();
        using HttpClient http = Http2.Connect();
        byte[] message = new byte[Words * sizeof(ulong)];
        byte[] messages = new byte[Pipelined * message.Length];
        BenchmarkTask.Progress("SeL4.Call beside Unix socket, named pipe and HTTP/2");
        IReadOnlyList<double>[] rounds = Interleaved.Run(
            LongWindows,
            count => Call(calls, count),
            count => UnixSocket.RoundTrip(socket, message, count),
            count => UnixSocket.RoundTrip(socket, messages, count),
            count => NamedPipe.RoundTrip(pipe, message, count),
            count => Http2.RoundTrip(http, message, count));
        Return(
            calls,
            rounds[0],
            new WayRounds(Ways.UnixSocketWords, 1, rounds[1]),
            new WayRounds(Ways.UnixSocketPipelined, Pipelined, [.. rounds[2].Select(ns => ns / Pipelined)]),
            new WayRounds(Ways.NamedPipe, 1, rounds[3]),
            new WayRounds(Ways.Http2, 1, rounds[4]));
        return 0;
    }

    /// <summary>Runs where both share a core.</summary>
    public static int RunOnOneCore()
    {
        BenchmarkTask.Pin();
        ulong calls = Connect();
        using Socket socket = UnixSocket.Connect(SyncServer.Socket);
        byte[] message = new byte[Words * sizeof(ulong)];
        BenchmarkTask.Progress("SeL4.Call beside Unix socket, on one core");
        IReadOnlyList<double>[] rounds = Interleaved.Run(
            LongWindows, count => Call(calls, count), count => UnixSocket.RoundTrip(socket, message, count));
        Return(calls, rounds[0], new WayRounds(Ways.UnixSocketWords, 1, rounds[1]));
        return 0;
    }

    /// <summary>Gets longer windows and fewer of them: the kernel gathers those who call again and again beside itself, after a streak of calls.</summary>
    private static Pace LongWindows
    {
        get
        {
            Pace pace = BenchmarkTask.Pace;
            return pace with { Window = 10 * pace.Window, Rounds = 1 + (pace.Rounds / 5) };
        }
    }

    /// <summary>Waits for the server: it listens everywhere before it receives, so that who was answered can connect, however long its start takes.</summary>
    private static ulong Connect()
    {
        ulong calls = TaskContext.Endpoint(Scenario.Calls).CPtr;
        Call(calls, 1);
        return calls;
    }

    private static void Return(ulong calls, IReadOnlyList<double> callRounds, params ReadOnlySpan<WayRounds> others)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Call(calls, 1000);
        double bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / 1000.0;
        SeL4.Call(calls, new MessageInfo(SyncServer.Last, 0, 0, 0));
        BenchmarkTask.Return(
            new WaysResult([new WayRounds(Ways.Sync, 1, callRounds, bytes), .. others], []), FiguresContext.Default.WaysResult);
    }

    private static void Call(ulong calls, int count)
    {
        for (int i = 0; i < count; i++)
            SeL4.Call(calls, new MessageInfo(0, 0, 0, Words));
    }
}
