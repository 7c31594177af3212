using Rel4.Abi;
using Rel4.Runtime;
using Rel4.Runtime.Channels;

namespace Rel4.Metal.User;

/// <summary>Coroutines that call over a channel between two ends of this task.</summary>
internal static unsafe class Calls
{
    /// <summary>How many calls one coroutine makes.</summary>
    public const int CallsOfOne = 1000;

    /// <summary>Bytes of a message that goes in many fragments, as the ring is shorter.</summary>
    public const int LongBytes = 200_000;

    private const int FrameBytes = 64 * 1024;
    private const int PageBytes = 4096;
    private const int Coroutines = 64;
    private const int ServerBell = 0, ClientBell = 1;
    private const long MemoryPerPeer = 1 << 20;

    /// <summary>Runs the rows, and prints what a call takes: instructions of caller, channel and server together.</summary>
    public static void Run(Executor executor, ref Report report)
    {
        var memory = (byte*)(((ulong)Heap.Take((2 * FrameBytes) + PageBytes) + PageBytes - 1) & ~(PageBytes - 1UL));
        var clientFrame = (ChannelFrame*)memory;
        var serverFrame = (ChannelFrame*)(memory + FrameBytes);
        var options = new ChannelOptions();
        ChannelEnd.Format(clientFrame, FrameBytes, options);
        ChannelEnd.Format(serverFrame, FrameBytes, options);
        var replies = new CompletionPool<IpcResponse>(executor);
        var listener = new Listener(executor);
        ChannelEnd serverEnd = ChannelEnd.TryJoin(serverFrame, clientFrame, FrameBytes, new OwnDoorbell(executor, ClientBell), options, out _)!;
        ChannelEnd clientEnd = ChannelEnd.TryJoin(clientFrame, serverFrame, FrameBytes, new OwnDoorbell(executor, ServerBell), options, out _)!;
        var server = new ChannelSource(executor, serverEnd, ServerBell, badge: 1, new PeerShare(MemoryPerPeer), replies, listener);
        var client = new ChannelSource(executor, clientEnd, ClientBell, badge: 0, new PeerShare(MemoryPerPeer), replies);
        var callers = new Caller[Coroutines];
        for (int i = 0; i < Coroutines; i++)
            callers[i] = new Caller(client, (ulong)i);
        executor.Spawn(&Server.ServeAsync, new Server(listener, server));

        Run(executor, callers, Coroutines, out ulong sum);
        report.Row("coroutines"u8, "64"u8, "calls"u8, "each gets the replies to its calls"u8, sum == Expected());
        ulong before = Heap.Used;
        ulong count = Run(executor, callers, Coroutines, out sum);
        report.Row("coroutines"u8, "64"u8, "calls again"u8, "nothing is allocated"u8, sum == Expected() && Heap.Used == before);
        Terminal.PrintCount("call64"u8, count / (Coroutines * CallsOfOne));
        Terminal.PrintCount("call1"u8, Run(executor, callers, 1, out _) / CallsOfOne);

        Run(executor, &Caller.EchoAsync, callers[0]);
        report.Row("coroutines"u8, "1"u8, "long call"u8, "comes back as it was, in fragments"u8, callers[0].TakeSum() == 1);
        Run(executor, &Caller.CallUnansweredAsync, callers[0]);
        report.Row("coroutines"u8, "1"u8, "unanswered"u8, "the caller is told by an outcome"u8, callers[0].TakeSum() == 1);
        Run(executor, &Caller.CallClosedAsync, callers[0]);
        report.Row("coroutines"u8, "1"u8, "server closes"u8, "the caller is told by an outcome"u8, callers[0].TakeSum() == 1 && !server.IsOpen);
    }

    private static ulong Run(Executor executor, Caller[] callers, int count, out ulong sum)
    {
        ulong start = TaskCode.Timestamp();
        for (int i = 0; i < count; i++)
            executor.Spawn(&Caller.CallManyAsync, callers[i]);
        executor.RunUntilComplete(besides: 1);
        ulong instructions = TaskCode.Timestamp() - start;
        sum = 0;
        for (int i = 0; i < count; i++)
            sum += callers[i].TakeSum();
        return instructions;
    }

    private static void Run(Executor executor, delegate*<Caller, CoTask> method, Caller caller)
    {
        executor.Spawn(method, caller);
        executor.RunUntilComplete(besides: 1);
    }

    private static ulong Expected()
    {
        ulong sum = 0;
        for (ulong i = 0; i < Coroutines; i++)
        {
            for (ulong k = 0; k < CallsOfOne; k++)
                sum += Server.Answer(i + k);
        }

        return sum;
    }
}
