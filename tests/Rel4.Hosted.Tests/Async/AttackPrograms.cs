using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Runtime;
using Rel4.Runtime.Channels;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Holds clients that do their server harm, and one that measures how it is served meanwhile.</summary>
internal static class AttackPrograms
{
    public const string Begin = "begin", Begun = "begun", Seed = "SEED", Mutations = "MUTATIONS";

    private static readonly List<IpcRequest> s_kept = [];

    private const int MutationsOfEach = 4000;

    /// <summary>Counts its calls without and with the attack.</summary>
    public static void CallSteadily() => ReL4.Run(async () =>
    {
        _ = await CountAsync(TimeSpan.FromMilliseconds(300));
        int before = await CountAsync(TimeSpan.FromSeconds(1));
        TaskContext.Notification(Begin).SignalUser();
        _ = await TaskContext.Notification(Begun).WaitAsync();
        int during = await CountAsync(TimeSpan.FromSeconds(2)) / 2;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"calls/s {before} {during}"));
        using (IpcResponse holdings = await AsyncSystem.Endpoint.CallAsync((ushort)Order.Holdings))
            Console.WriteLine($"memory {ProcessHoldings.Of(holdings.Payload).Memory}");
        using IpcResponse violations = await AsyncSystem.Endpoint.CallAsync((ushort)Order.Metric, "rel4.channels.ended/protocol_violation"u8.ToArray());
        Console.WriteLine($"violations {BitConverter.ToInt64(violations.Payload)}");
    });

    /// <summary>Writes random bytes into its frames, again and again, while the server reads them.</summary>
    public static void Mutate()
    {
        AsyncMachine machine = AsyncMachine.Current;
        Doorbells doorbells = machine.Threads.Invoke(() => Doorbells.Make(machine));
        var random = new Random(Number(Seed));
        int limit = Number(Mutations), mutations = 0, channels = 0, closed = 0;
        TaskContext.Notification(Begin).Wait();
        TaskContext.Notification(Begun).Signal();
        while (mutations < limit)
        {
            if (!TryOpen(machine, doorbells, out ChannelEnd? end, out ChannelParts? parts))
                continue;
            mutations += MutateOne(end, parts, random);
            closed += end.State == ChannelState.ClosedByPeer ? 1 : 0;
            channels++;
            end.Dispose();
            parts.Dispose();
        }

        Console.WriteLine($"mutations {mutations} channels {channels} closed {closed}");
    }

    /// <summary>Sends as fast as it can.</summary>
    public static void Flood() => ReL4.Run(async () =>
    {
        await BeginAsync();
        for (int i = 0; i < 32; i++)
        {
            Executor.Current!.Spawn(async () =>
            {
                while (true)
                    await AsyncSystem.Endpoint.SendAsync((ushort)Order.Drop, new byte[40]);
            });
        }

        await Executor.Current!.Delay(Timeout.InfiniteTimeSpan);
    });

    /// <summary>Has much sent to it and reads none of it.</summary>
    public static void ReadNothing() => ReL4.Run(async () =>
    {
        using (await AsyncSystem.Endpoint.CallAsync(0))
        {
        }

        var calls = new List<Task>();
        for (int i = 0; i < 4000; i++)
            calls.Add(AsyncSystem.Endpoint.CallAsync((ushort)Order.Fill, BitConverter.GetBytes(4000)).AsTask());
        await BeginAsync();
        // The executor's thread, and with it all that would read.
        Thread.Sleep(Timeout.Infinite);
    });

    /// <summary>Breaks the protocol as a server: it answers, then writes a record longer than its ring.</summary>
    public static void BreakAsServer() => ReL4.Run(async () =>
    {
        await foreach (IpcRequest request in AsyncSystem.Endpoint.ReceiveAllAsync())
        {
            if (request.Label == 0)
                await request.ReplyAsync(0, request.Payload);
            else
                Break(request);
        }
    });

    /// <summary>Opens a channel, unless the server has not come yet to those that were broken before, and has no room.</summary>
    private static bool TryOpen(
        AsyncMachine machine, Doorbells doorbells, [NotNullWhen(true)] out ChannelEnd? end, [NotNullWhen(true)] out ChannelParts? parts)
    {
        try
        {
            (end, parts) = new ChannelOpener(machine, AsyncSystem.Endpoint, doorbells).Open();
            return true;
        }
        catch (ChannelRefusedException)
        {
            end = null;
            parts = null;
            Thread.Sleep(1);
            return false;
        }
    }

    private static async ValueTask BeginAsync()
    {
        _ = await TaskContext.Notification(Begin).WaitAsync();
        TaskContext.Notification(Begun).SignalUser();
    }

    private static async ValueTask<int> CountAsync(TimeSpan duration)
    {
        byte[] message = new byte[40];
        int calls = 0;
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < duration; calls++)
        {
            message[0]++;
            using IpcResponse echo = await AsyncSystem.Endpoint.CallAsync(0, message);
            if (!echo.Payload.SequenceEqual(message))
                throw new InvalidOperationException("the answer is another's");
        }

        return calls;
    }

    private static unsafe int MutateOne(ChannelEnd end, ChannelParts parts, Random random)
    {
        var frame = (ChannelFrame*)FrameOf(parts);
        ulong* words = (ulong*)frame;
        bool isBlunt = random.Next(4) == 0;
        int count = 0;
        while (count < MutationsOfEach)
        {
            if (!isBlunt && end.TryWrite(RecordKind.Call, 1, (ushort)Order.Drop, new byte[random.Next(400)]) == WriteOutcome.Full)
                return count;
            int line = (ChannelFrame.HeaderSize / sizeof(ulong)) + ((int)(frame->Counters.LinesWritten % Math.Max(frame->Lines, 1)) * 8);
            int rest = random.Next(1, 8);
            for (int i = 0; i < rest; i++, count++)
            {
                ref ulong word = ref words[random.Next(16) switch
                {
                    0 => ChannelFrame.ConsumerOffset / sizeof(ulong),
                    1 => ChannelFrame.StatusOffset / sizeof(ulong),
                    < 10 => line + (8 * random.Next(8)),
                    _ => random.Next(ChannelFrame.HeaderSize / sizeof(ulong), 8192),
                }];
                Volatile.Write(ref word, random.Next(3) switch
                {
                    0 => (ulong)random.NextInt64(),
                    1 => word ^ (1UL << random.Next(64)),
                    _ => word + (ulong)random.Next(-3, 4),
                });
            }

            if (isBlunt)
                Volatile.Write(ref words[line], new RecordHeader(RecordKind.Call, RecordPart.Whole, 1, 0, random.Next(2000)).Raw);
            end.Flush();
            parts.Doorbell.TryPost();
            // The server's turn: the less it sees of one mutation, the more it is surprised by the next.
            if (random.Next(3) == 0)
                Thread.Yield();
            if ((end.Poll() & ChannelEvents.Closed) != 0)
                break;
        }

        return count;
    }

    private static unsafe void Break(IpcRequest request)
    {
        ChannelSource channel = TaskRuntime.Current!.Channels.Single();
        var frame = (ChannelFrame*)FrameOf(PartsOf(channel));
        var tooLong = new RecordHeader(RecordKind.Send, RecordPart.Whole, 0, 0, (1 << 18) - 1);
        Volatile.Write(ref ((ulong*)frame)[(ChannelFrame.HeaderSize / sizeof(ulong)) + ((int)(frame->Counters.LinesWritten % frame->Lines) * 8)], tooLong.Raw);
        PartsOf(channel).Doorbell.TryPost();
        // It is kept: a reply would write over the word.
        s_kept.Add(request);
    }

    private static int Number(string variable) => int.Parse(Environment.GetEnvironmentVariable(variable)!, CultureInfo.InvariantCulture);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_own")]
    private static extern unsafe ref byte* FrameOf(ChannelParts parts);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_parts")]
    private static extern ref ChannelParts PartsOf(ChannelSource channel);
}
