using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Tests.Async;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Holds clients that close, reopen or fill channels while their server has messages of theirs, and the servers.</summary>
internal static class ClosingPrograms
{
    public const string Filled = "filled", Drained = "drained";

    /// <summary>Of as many bytes as are not lent; <see cref="ThatFill"/> leave no room for another in a ring.</summary>
    private const int Long = 30_000, ThatFill = 17;

    /// <summary>Of as many bytes as are lent in one unit; so many units there are.</summary>
    private const int Lent = 40_000, Units = 24;

    /// <summary>The length of a message of which the server's memory for one peer holds one, and not two.</summary>
    private const int MoreThanHalf = 900_000;

    private const int MostChannels = 20;

    /// <summary>Turns of one that rests for <see cref="s_restful"/>, at most. One that looks without end has a million.</summary>
    private const int MostTurns = 1000;

    private static readonly TimeSpan s_restful = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);
    private static readonly byte[] s_bytes = new byte[Long];

    /// <summary>Serves with as little memory for each peer as may be.</summary>
    public static void ServeWithLittle()
    {
        ReL4.MemoryPerPeer = ReL4.LeastMemoryPerPeer;
        Service.Run();
    }

    /// <summary>Ends the first request, and takes the others, to keep them, when the client has filled its ring.</summary>
    public static void KeepLate() => ReL4.Run(async () =>
    {
        (await AsyncSystem.Endpoint.ReceiveAsync()).Dispose();
        _ = await TaskContext.Notification(Filled).WaitAsync();
        var kept = new List<IpcRequest>();
        while (true)
            kept.Add(await AsyncSystem.Endpoint.ReceiveAsync());
    });

    /// <summary>Takes what fills a ring when the client says so, and tells the client.</summary>
    public static void DrainLate() => ReL4.Run(static async () =>
    {
        (await AsyncSystem.Endpoint.ReceiveAsync()).Dispose();
        _ = await TaskContext.Notification(Filled).WaitAsync();
        for (int i = 0; i < ThatFill; i++)
            (await AsyncSystem.Endpoint.ReceiveAsync()).Dispose();
        TaskContext.Notification(Drained).Signal();
    });

    /// <summary>Gives up a message that waits for room, and says how often it looks at its channel when there is room again.</summary>
    public static void GiveUp() => ReL4.Run(static async () =>
    {
        await AsyncSystem.Endpoint.SendAsync(0);
        for (int i = 0; i < ThatFill; i++)
            await AsyncSystem.Endpoint.SendAsync(0, s_bytes);
        using var impatient = new CancellationTokenSource();
        CoTask waiting = AsyncSystem.Endpoint.SendAsync(0, s_bytes, impatient.Token);
        impatient.Cancel();
        try
        {
            await waiting;
        }
        catch (OperationCanceledException)
        {
            Console.WriteLine("given up");
        }

        TaskContext.Notification(Filled).Signal();
        _ = await TaskContext.Notification(Drained).WaitAsync();
        long turns = Executor.Current!.Counters.Turns;
        await Executor.Current!.Delay(s_restful);
        turns = Executor.Current!.Counters.Turns - turns;
        Console.WriteLine(turns < MostTurns ? "rests" : $"{turns} turns");
    });

    /// <summary>Serves with little memory, and keeps a request until the client says that it is to be replied to.</summary>
    public static void ReplyLate()
    {
        ReL4.MemoryPerPeer = ReL4.LeastMemoryPerPeer;
        ReL4.Run(static async () =>
        {
            await foreach (IpcRequest request in AsyncSystem.Endpoint.ReceiveAllAsync())
            {
                switch ((Order)request.Label)
                {
                    case Order.Echo:
                        Executor.Current!.Spawn(static request => EchoWhenToldAsync(request), request);
                        break;
                    case Order.Turns:
                        await request.ReplyAsync(0, BitConverter.GetBytes(Executor.Current!.Counters.Turns));
                        break;
                    case Order.Metric:
                        await request.ReplyAsync(0, BitConverter.GetBytes(Metrics.Total(Encoding.UTF8.GetString(request.Payload.TrimEnd((byte)0)))));
                        break;
                    default:
                        await request.ReplyAsync(0, new byte[BitConverter.ToInt32(request.Payload)]);
                        break;
                }
            }
        });
    }

    /// <summary>Dies while the server has a reply for it that waits for room, and no memory for its next message.</summary>
    public static void DieWithBothWaiting()
    {
        HostileChannel channel = HostileChannel.Open();
        uint id = 0;

        // Replies that take all that can be lent, and then all of the ring.
        while (id < Units + ThatFill)
        {
            int length = id < Units ? Lent : Long;
            channel.Put(new RecordHeader(RecordKind.Call, RecordPart.Whole, ++id, (ushort)Order.Fill, sizeof(int)), BitConverter.GetBytes(length));
        }

        PutMoreThanHalf(channel, RecordKind.Call, id + 1, Order.Echo);
        AwaitRead(channel, (int)id + (MoreThanHalf / Long));
        PutFragment(channel, id: 2, RecordPart.First);
        channel.Publish();
        AwaitParked(channel);
        TaskContext.Notification(Filled).Signal();
        Await(static () => Metric("rel4.ring_full_waits") != 0);
        Environment.Exit(0);
    }

    /// <summary>Says whether the server rests once the other client has died.</summary>
    public static void SeeWhetherItRests()
    {
        Await(static () => Metric("rel4.ring_full_waits") != 0);
        Await(static () => Metric("rel4.channels") == 0);
        ulong turns = Turns();
        Thread.Sleep(s_restful);
        turns = Turns() - turns;
        Console.WriteLine(turns < MostTurns ? "rests" : $"{turns} turns");

        static ulong Turns() => AsyncSystem.Endpoint.Call((ulong)Order.Turns)[0];
    }

    /// <summary>Closes a channel that has no room for the replies to its calls.</summary>
    public static void CloseWithRepliesWaiting()
    {
        using (HostileChannel channel = HostileChannel.Open())
        {
            for (uint id = 1; id <= 2 * ThatFill; id++)
                channel.Put(new RecordHeader(RecordKind.Call, RecordPart.Whole, id, (ushort)Order.Fill, sizeof(int)), BitConverter.GetBytes(Long));
            channel.Publish();
            Await(static () => Metric("rel4.ring_full_waits") != 0);
        }

        SayWhatIsOpen();
    }

    /// <summary>Closes a channel whose next message is one that the server has no memory for.</summary>
    public static void CloseWithAMessageWaiting()
    {
        using (HostileChannel channel = HostileChannel.Open())
        {
            PutMoreThanHalf(channel, RecordKind.Send, id: 1, Order.Hold);
            AwaitRead(channel, MoreThanHalf / Long);
            PutFragment(channel, id: 2, RecordPart.First);
            channel.Publish();
            AwaitParked(channel);
        }

        SayWhatIsOpen();
    }

    /// <summary>Has the server keep all that goes in a ring, of one channel after another, until it opens no more.</summary>
    public static void ReopenWithMessagesKept()
    {
        var refusal = ChannelRefusal.None;
        int opened = 0;
        while (opened < MostChannels)
        {
            using (var channel = new HostileChannel())
            {
                refusal = channel.Offer(channel.FrameForPeer);
                if (refusal != ChannelRefusal.None)
                    break;
                channel.Join(HostileChannel.Doorbell);
                opened++;
                Fill(channel);
                AwaitRead(channel, ThatFill);
            }

            Await(static () => Metric("rel4.channels") == 0);
        }

        Console.WriteLine($"{opened} channels, then {refusal}");
    }

    /// <summary>Fills its ring with messages that the server leaves there, and waits for room when they are taken.</summary>
    public static void WaitForRoom()
    {
        using HostileChannel channel = HostileChannel.Open();
        channel.Put(new RecordHeader(RecordKind.Send, RecordPart.Whole, 0, 0, 0));
        Fill(channel);
        AwaitRead(channel, 1);
        AwaitParked(channel);
        TaskContext.Notification(Filled).Signal();
        Await(() => channel.TryPut(Send, s_bytes));
        Console.WriteLine("room");
    }

    private static RecordHeader Send => new(RecordKind.Send, RecordPart.Whole, 0, (ushort)Order.Hold, Long);

    private static void Fill(HostileChannel channel)
    {
        for (int i = 0; i < ThatFill; i++)
            channel.Put(Send, s_bytes);
        channel.Publish();
    }

    private static async ValueTask EchoWhenToldAsync(IpcRequest request)
    {
        _ = await TaskContext.Notification(Filled).WaitAsync();
        await request.ReplyAsync(request.Label, request.Payload);
    }

    private static void PutMoreThanHalf(HostileChannel channel, RecordKind kind, uint id, Order order)
    {
        for (int sent = 0; sent < MoreThanHalf; sent += Long)
            PutFragment(channel, id, sent == 0 ? RecordPart.First : sent + Long == MoreThanHalf ? RecordPart.Last : RecordPart.Middle, kind, order);
        channel.Publish();
    }

    private static void PutFragment(HostileChannel channel, uint id, RecordPart part, RecordKind kind = RecordKind.Send, Order order = Order.Hold)
    {
        byte[] payload = part == RecordPart.First ? [.. BitConverter.GetBytes((ulong)MoreThanHalf), .. s_bytes] : s_bytes;
        channel.Put(new RecordHeader(kind, part, id, (ushort)order, payload.Length), payload);
    }

    private static unsafe void AwaitRead(HostileChannel channel, int records) =>
        Await(() => Volatile.Read(ref channel.Peer->Counters.RecordsRead) >= records);

    // After its last read the server looks once more before it parks: who sees it parked then knows that it has found nothing to do.
    private static unsafe void AwaitParked(HostileChannel channel) =>
        Await(() => new ChannelStatus(Volatile.Read(ref channel.Peer->Status)).Attention is ChannelAttention.Parked or ChannelAttention.ParkedForRoom);

    private static void SayWhatIsOpen()
    {
        Await(static () => Metric("rel4.channels") == 0);
        Console.WriteLine($"{Metric("rel4.channels")} channels are open");
    }

    private static ulong Metric(string name)
    {
        Span<byte> padded = new byte[(name.Length + sizeof(ulong) - 1) / sizeof(ulong) * sizeof(ulong)];
        Encoding.UTF8.GetBytes(name, padded);
        return AsyncSystem.Endpoint.Call((ulong)Order.Metric, MemoryMarshal.Cast<byte, ulong>(padded))[0];
    }

    private static void Await(Func<bool> holds, [CallerArgumentExpression(nameof(holds))] string what = "")
    {
        for (long end = Environment.TickCount64 + (long)s_limit.TotalMilliseconds; !holds(); Thread.Sleep(1))
        {
            if (Environment.TickCount64 >= end)
                throw new TimeoutException($"Within {s_limit.TotalSeconds} s it did not come to this: {what}");
        }
    }
}
