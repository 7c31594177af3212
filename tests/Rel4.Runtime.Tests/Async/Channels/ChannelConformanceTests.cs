using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime.Tests.Async.Channels;

/// <summary>Does every message arrive as it was sent, wherever it falls in the ring?</summary>
public sealed class ChannelConformanceTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(55)]
    [InlineData(56)]
    [InlineData(57)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(120)]
    [InlineData(121)]
    [InlineData(888)]
    [InlineData(889)]
    [InlineData(4096)]
    [InlineData(100_000)]
    public void Message_OfALength_Arrives(int length)
    {
        using var pair = new ChannelPair();
        byte[] sent = Payload.Of(length, 1);

        Assert.Equal(sent, Payload.Carry(pair.Client, pair.Server, sent));

        pair.AssertInvariants();
    }

    [Fact]
    public void Message_OfEveryLengthAtEveryPlaceOfTheRing_Arrives()
    {
        using var pair = new ChannelPair();
        for (int length = 0; length <= pair.Client.MaxRecordBytes + 1; length += 19)
        {
            for (int place = 0; place < ChannelPair.SmallLines; place++)
            {
                byte[] sent = Payload.Of(length, place);
                Assert.Equal(sent, Payload.Carry(pair.Client, pair.Server, sent));
                pair.Client.Send([]);
                Assert.Empty(pair.Server.Receive());
                pair.AssertInvariants();
            }
        }
    }

    [Fact]
    public void Header_OfAMessage_Arrives()
    {
        using var pair = new ChannelPair();

        Assert.Equal(WriteOutcome.Done, pair.Client.TryWrite(RecordKind.Call, RecordHeader.MaxId, ushort.MaxValue, "hello"u8));
        pair.Client.Flush();

        Assert.Equal("hello"u8.ToArray(), pair.Server.Receive(out ChannelMessage message));
        Assert.Equal((RecordKind.Call, RecordHeader.MaxId, ushort.MaxValue), (message.Kind, message.Id, message.Label));
    }

    [Fact]
    public void Message_BeforeTheFlush_IsSeenAndWakesNobody()
    {
        using var pair = new ChannelPair();
        pair.Client.TryWrite(RecordKind.Send, 0, 0, "x"u8);

        Assert.Equal("x"u8.ToArray(), pair.Server.Receive());
        Assert.Equal(0, pair.ServerBell.Rings);
        pair.Client.Flush();
        Assert.Equal(1, pair.ServerBell.Rings);
    }

    [Fact]
    public void Message_WrittenInPlaceAndCutShort_Arrives()
    {
        using var pair = new ChannelPair();

        Assert.Equal(WriteOutcome.Done, pair.Client.TryReserve(500, out Span<byte> room));
        "short"u8.CopyTo(room);
        pair.Client.Commit(RecordKind.Send, 0, 0, 5);
        pair.Client.Send("next"u8);

        Assert.Equal("short"u8.ToArray(), pair.Server.Receive());
        Assert.Equal("next"u8.ToArray(), pair.Server.Receive());
    }

    [Fact]
    public void Reservation_NotCommitted_LeavesNothing()
    {
        using var pair = new ChannelPair();
        pair.Client.TryReserve(500, out _);
        pair.Client.Send("next"u8);

        Assert.Equal("next"u8.ToArray(), pair.Server.Receive());
        Assert.False(pair.Server.TryRead(out _));
    }

    [Fact]
    public void Write_LongerThanARecordWithNothingToLend_GoesInParts()
    {
        using var pair = new ChannelPair();

        Assert.Equal(WriteOutcome.InParts, pair.Client.TryReserve(pair.Client.MaxRecordBytes + 1, out _));
        Assert.Equal(WriteOutcome.InParts, pair.Client.TryWrite(RecordKind.Send, 0, 0, new byte[ChannelPair.SmallFrame]));
    }

    [Fact]
    public void Ring_Full_RefusesAndResumesWhereItWas()
    {
        using var pair = new ChannelPair();
        int sent = 0;
        while (pair.Client.TryWrite(RecordKind.Send, 0, (ushort)sent, []) == WriteOutcome.Done)
            sent++;
        pair.Client.Flush();

        Assert.Equal(ChannelPair.MostLines, sent);
        Assert.Equal(ChannelEvents.None, pair.Client.Poll());
        for (int i = 0; i < sent; i++)
        {
            pair.Server.Receive(out ChannelMessage message);
            Assert.Equal(i, message.Label);
        }

        Assert.Equal(ChannelEvents.Writable, pair.Client.Poll());
        Assert.Equal(WriteOutcome.Done, pair.Client.TryWrite(RecordKind.Send, 0, 0, []));
        Assert.Equal(ChannelEvents.None, pair.Client.Poll());
        Assert.Equal(1, pair.Client.Counters.RefusedForRoom);
    }

    [Fact]
    public void Messages_HeldAndReleasedInAnyOrder_KeepTheirPlaces()
    {
        using var pair = new ChannelPair();
        var random = new Random(4);
        var held = new List<(ChannelMessage Message, byte[] Expected)>();
        var expected = new Queue<byte[]>();
        for (int step = 0; step < 20_000; step++)
        {
            byte[] payload = Payload.Of(random.Next(200), step);
            if (pair.Client.TryWrite(RecordKind.Send, 0, 0, payload) == WriteOutcome.Done)
                expected.Enqueue(payload);
            pair.Client.Flush();
            if (pair.Server.TryRead(out ChannelMessage message))
                held.Add((message, expected.Dequeue()));
            while (held.Count > random.Next(8))
            {
                int which = random.Next(held.Count);
                Assert.Equal(held[which].Expected, held[which].Message.Payload.ToArray());
                pair.Server.Release(held[which].Message);
                held.RemoveAt(which);
            }

            pair.Server.Flush();
            pair.AssertInvariants();
        }

        Assert.True(pair.Server.Counters.RecordsRead > 10_000);
    }

    [Fact]
    public void Release_OfAReleasedMessage_Throws()
    {
        using var pair = new ChannelPair();
        pair.Client.Send([]);
        Assert.True(pair.Server.TryRead(out ChannelMessage message));
        pair.Server.Release(message);

        Assert.Throws<InvalidOperationException>(() => pair.Server.Release(message));
    }

    [Fact]
    public void Channel_UsedBothWays_KeepsThemApart()
    {
        using var pair = new ChannelPair();
        for (int i = 0; i < 1000; i++)
        {
            Assert.True(pair.Client.Calls.TryOpen(new CallWaiter(this), out uint id));
            pair.Client.TryWrite(RecordKind.Call, id, 1, Payload.Of(i % 300, i));
            pair.Client.Flush();
            byte[] request = pair.Server.Receive(out ChannelMessage call);
            pair.Server.TryWrite(RecordKind.Reply, call.Id, 2, request);
            pair.Server.Flush();

            Assert.True(pair.Client.TryRead(out ChannelMessage reply, out CallWaiter waiter));
            Assert.Equal(Payload.Of(i % 300, i), reply.Payload.ToArray());
            Assert.Same(this, waiter.Target);
            pair.Client.Release(reply);
            pair.Client.Flush();
        }

        Assert.Equal(0, pair.Client.Calls.Count);
    }

    [Fact]
    public void Steps_OfSmallCalls_AllocateNothing()
    {
        using var pair = new ChannelPair();
        byte[] payload = Payload.Of(40, 0);
        RoundTrips(pair, payload, 1000);

        long before = GC.GetAllocatedBytesForCurrentThread();
        RoundTrips(pair, payload, 10_000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void RoundTrips(ChannelPair pair, byte[] payload, int count)
    {
        for (int i = 0; i < count; i++)
        {
            pair.Client.Calls.TryOpen(new CallWaiter(pair), out uint id);
            pair.Client.TryWrite(RecordKind.Call, id, 0, payload);
            pair.Client.Flush();
            pair.Server.TryRead(out ChannelMessage call);
            pair.Server.TryWrite(RecordKind.Reply, call.Id, 0, call.Payload);
            pair.Server.Release(call);
            pair.Server.Flush();
            pair.Client.TryRead(out ChannelMessage reply);
            pair.Client.Release(reply);
        }
    }
}
