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
    public const string Filled = "filled";

    /// <summary>Of as many bytes as are not lent; <see cref="ThatFill"/> leave no room for another in a ring.</summary>
    private const int Long = 30_000, ThatFill = 17;

    /// <summary>The length of a message of which the server's memory for one peer holds one, and not two.</summary>
    private const int MoreThanHalf = 900_000;

    private const int MostChannels = 20;

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
        var kept = new List<Request>();
        while (true)
            kept.Add(await AsyncSystem.Endpoint.ReceiveAsync());
    });

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
            for (int sent = 0; sent < MoreThanHalf; sent += Long)
                PutFragment(channel, id: 1, sent == 0 ? RecordPart.First : sent + Long == MoreThanHalf ? RecordPart.Last : RecordPart.Middle);
            channel.Publish();
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

    private static void PutFragment(HostileChannel channel, uint id, RecordPart part)
    {
        byte[] payload = part == RecordPart.First ? [.. BitConverter.GetBytes((ulong)MoreThanHalf), .. s_bytes] : s_bytes;
        channel.Put(new RecordHeader(RecordKind.Send, part, id, (ushort)Order.Hold, payload.Length), payload);
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
