using System.Runtime.CompilerServices;
using Rel4.Abi;
using Rel4.Runtime;
using Rel4.Runtime.Channels;

namespace Rel4.Metal.User;

/// <summary>Coroutines that call over a channel between two ends of this task.</summary>
internal static unsafe class Calls
{
    private const int FrameBytes = 64 * 1024;
    private const int PageBytes = 4096;
    private const int Coroutines = 64;
    public const int CallsOfOne = 1000;

    /// <summary>Runs the rows, and prints what a call takes: instructions of caller, channel and server together.</summary>
    public static void Run(Executor executor, ref Report report)
    {
        var memory = (byte*)(((ulong)Heap.Take((2 * FrameBytes) + PageBytes) + PageBytes - 1) & ~(PageBytes - 1UL));
        var clientFrame = (ChannelFrame*)memory;
        var serverFrame = (ChannelFrame*)(memory + FrameBytes);
        var options = new ChannelOptions();
        ChannelEnd.Format(clientFrame, FrameBytes, options);
        ChannelEnd.Format(serverFrame, FrameBytes, options);
        var bell = new SilentDoorbell();
        var server = new Server(executor, ChannelEnd.TryJoin(serverFrame, clientFrame, FrameBytes, bell, options, out _)!);
        var client = new Client(executor, ChannelEnd.TryJoin(clientFrame, serverFrame, FrameBytes, bell, options, out _)!);
        executor.Heat(server);
        executor.Heat(client);
        var callers = new Caller[Coroutines];
        for (int i = 0; i < Coroutines; i++)
            callers[i] = new Caller(client, (ulong)i);

        Run(executor, callers, Coroutines, out ulong sum);
        report.Row("coroutines"u8, "64"u8, "calls"u8, "each gets the replies to its calls"u8, sum == Expected());
        ulong before = Heap.Used;
        ulong count = Run(executor, callers, Coroutines, out sum);
        report.Row("coroutines"u8, "64"u8, "calls again"u8, "nothing is allocated"u8, sum == Expected() && Heap.Used == before);
        Terminal.PrintCount("call64"u8, count / (Coroutines * CallsOfOne));
        Terminal.PrintCount("call1"u8, Run(executor, callers, 1, out _) / CallsOfOne);
    }

    private static ulong Run(Executor executor, Caller[] callers, int count, out ulong sum)
    {
        ulong start = TaskCode.Timestamp();
        for (int i = 0; i < count; i++)
            executor.Spawn(&Caller.CallManyAsync, callers[i]);
        executor.RunUntilComplete();
        ulong instructions = TaskCode.Timestamp() - start;
        sum = 0;
        for (int i = 0; i < count; i++)
            sum += callers[i].TakeSum();
        return instructions;
    }

    private static ulong Expected()
    {
        ulong sum = 0;
        for (ulong i = 0; i < Coroutines; i++)
        {
            for (ulong k = 0; k < CallsOfOne; k++)
                sum += ((i + k) * 2) + 1;
        }

        return sum;
    }

    private sealed class SilentDoorbell : Doorbell
    {
        public override void Ring()
        {
        }
    }

    internal sealed class Client(Executor executor, ChannelEnd end) : PollSource
    {
        private readonly CompletionPool<ulong> _replies = new(executor);

        public CoTask<ulong> Call(ulong argument)
        {
            Completion<ulong> reply = _replies.Rent();
            if (!end.Calls.TryOpen(new CallWaiter(reply, reply.Version), out uint id)
                || end.TryWrite(RecordKind.Call, id, 0, new ReadOnlySpan<byte>(&argument, sizeof(ulong))) != WriteOutcome.Done)
                Environment.FailFast();
            executor.MarkWritten(this);
            return reply.Task;
        }

        internal override bool Poll()
        {
            bool found = false;
            while (end.TryRead(out ChannelMessage message, out CallWaiter waiter))
            {
                ulong value = *(ulong*)Unsafe.AsPointer(in message.Payload.GetPinnableReference());
                end.Release(message);
                Unsafe.As<Completion<ulong>>(waiter.Target!).TrySetResult(waiter.Version, value);
                found = true;
            }

            return found;
        }

        internal override void ShowAwake(int processor, bool isSpinning) => end.GoHot(processor, isSpinning);

        internal override void Publish() => end.Publish();

        internal override void NotifyPeer() => end.LookAtPeer();

        internal override bool TryGoCold() => end.TryGoCold();
    }

    private sealed class Server(Executor executor, ChannelEnd end) : PollSource
    {
        internal override bool Poll()
        {
            bool found = false;
            while (end.TryRead(out ChannelMessage message))
            {
                ulong reply = (*(ulong*)Unsafe.AsPointer(in message.Payload.GetPinnableReference()) * 2) + 1;
                uint id = message.Id;
                end.Release(message);
                end.TryWrite(RecordKind.Reply, id, 0, new ReadOnlySpan<byte>(&reply, sizeof(ulong)));
                executor.MarkWritten(this);
                found = true;
            }

            return found;
        }

        internal override void ShowAwake(int processor, bool isSpinning) => end.GoHot(processor, isSpinning);

        internal override void Publish() => end.Publish();

        internal override void NotifyPeer() => end.LookAtPeer();

        internal override bool TryGoCold() => end.TryGoCold();
    }
}
