using System.Diagnostics;
using Rel4.Hosted.Composition;
using Rel4.Ipc.Bench.Baselines;
using Rel4.Runtime;

namespace Rel4.Ipc.Bench.Tasks;

/// <summary>Answers asynchronous calls, and baselines beside them.</summary>
/// <remarks>A label below <see cref="Echo"/> says for how many microseconds to compute before the answer.</remarks>
internal static class AsyncServer
{
    /// <summary>Labels of calls: answer with the payload; tell what this process has counted; end.</summary>
    public const ushort Echo = 0xFFFD, Count = 0xFFFE, Last = 0xFFFF;

    /// <summary>Labels of calls whose handler awaits one more async method: one that suspends before the reply, and one that replies.</summary>
    public const ushort AwaitYield = 0xFFFB, AwaitReply = 0xFFFC;

    /// <summary>Names the Unix sockets: of small messages, and of messages whose length is told first.</summary>
    public const string Socket = "socket", StreamSocket = "stream";

    private static readonly byte[] s_answer = new byte[sizeof(ulong)];

    public static int Run()
    {
        BenchmarkTask.Pin();
        BenchmarkTask.OpenSocketsToAll();
        CacheLine.Serve();
        BareChannel.Serve();
        UnixSocket.Serve(Socket, UnixSocket.Echo);
        UnixSocket.Serve(StreamSocket, UnixSocket.EchoFramed);
        EventDescriptors.Serve();
        NamedPipe.Serve();
        ReL4.Run(static async () => await ServeAsync());
        return 0;
    }

    /// <summary>Waits, as a client, until the server has started: it listens everywhere before it receives.</summary>
    public static async ValueTask StartedAsync(EndpointCap server) => (await server.CallAsync(label: 0)).Dispose();

    private static async CoTask ServeAsync()
    {
        BenchmarkTask.Pin();
        Executor.Current!.Spawn(AnswerSignalsAsync);
        Executor.Current!.Spawn(static () => EchoContract.ServeAsync(TaskContext.Endpoint(Scenario.Typed), new TypedEcho()));
        using var doorbells = new DoorbellCounter();
        await foreach (IpcRequest request in TaskContext.Endpoint(Scenario.Calls).ReceiveAllAsync())
        {
            switch (request.Label)
            {
                case Last:
                    await request.ReplyAsync(0, s_answer);
                    return;
                case Count:
                    await request.ReplyAsync(0, Counts.Size, Counts.Read(doorbells), static (place, counts) => counts.Write(place));
                    break;
                case Echo:
                    await request.ReplyAsync(0, request.Payload);
                    break;
                case AwaitYield:
                    await YieldAsync();
                    await request.ReplyAsync(0, s_answer);
                    break;
                case AwaitReply:
                    await ReplyAsync(request);
                    break;
                default:
                    Compute(request.Label);
                    await request.ReplyAsync(0, s_answer);
                    break;
            }
        }
    }

    /// <summary>Suspends, until the executor's next turn.</summary>
    private static async CoTask YieldAsync() => await Executor.Current!.Yield();

    private static async CoTask ReplyAsync(IpcRequest request) => await request.ReplyAsync(0, s_answer);

    private static async ValueTask AnswerSignalsAsync()
    {
        NotificationCap signals = TaskContext.Notification(Scenario.ToServer), answers = TaskContext.Notification(Scenario.ToClient);
        while (true)
        {
            await signals.WaitAsync();
            ReL4.Signal(answers.CPtr);
        }
    }

    private sealed class TypedEcho : IEcho
    {
        public ValueTask<long> EchoAsync(long value, CancellationToken cancel) => new(value);
    }

    private static void Compute(int microseconds)
    {
        if (microseconds == 0)
            return;
        long end = Stopwatch.GetTimestamp() + (microseconds * (Stopwatch.Frequency / 1_000_000));
        while (Stopwatch.GetTimestamp() < end)
        {
        }
    }
}
