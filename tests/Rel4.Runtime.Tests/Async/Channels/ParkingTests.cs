using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime.Tests.Async.Channels;

/// <summary>Does the doorbell ring when it must, and only then?</summary>
public sealed class ParkingTests
{
    [Fact]
    public void Flush_WhilePeerIsCold_RingsOnceForEachPark()
    {
        using var pair = new ChannelPair();
        pair.Client.Send([]);
        pair.Client.Send([]);
        Assert.Equal(1, pair.ServerBell.Rings);

        pair.Server.GoHot();
        pair.Client.Send([]);
        Assert.Equal(1, pair.ServerBell.Rings);
        for (int i = 0; i < 3; i++)
            pair.Server.Receive();
        Assert.True(pair.Server.TryGoCold());

        pair.Client.Send([]);
        Assert.Equal(2, pair.ServerBell.Rings);
        Assert.Equal((2, 2), (pair.Client.Counters.DoorbellsRung, pair.Client.Counters.DoorbellsElided));
    }

    [Fact]
    public void Flush_OfNothing_LooksAtNobody()
    {
        using var pair = new ChannelPair();
        pair.Client.Flush();

        Assert.Equal((0, 0), (pair.Client.Counters.DoorbellsRung, pair.Client.Counters.DoorbellsElided));
    }

    [Fact]
    public void GoCold_WithRecordsToRead_StaysHot()
    {
        using var pair = new ChannelPair();
        pair.Server.GoHot();
        pair.Client.Send([]);

        Assert.False(pair.Server.TryGoCold());
        Assert.Equal(ChannelHeat.Hot, pair.Server.Heat);
        Assert.Equal(ChannelEvents.Readable, pair.Server.Poll());
        pair.Server.Receive();
        Assert.True(pair.Server.TryGoCold());
        Assert.Equal(ChannelHeat.Cold, pair.Server.Heat);
    }

    [Fact]
    public void GoCold_WithWrittenRecords_FlushesThem()
    {
        using var pair = new ChannelPair();
        pair.Client.GoHot();
        pair.Client.TryWrite(RecordKind.Send, 0, 0, "x"u8);

        Assert.True(pair.Client.TryGoCold());

        Assert.Equal(1, pair.ServerBell.Rings);
        Assert.Equal("x"u8.ToArray(), pair.Server.Receive());
    }

    [Fact]
    public void Room_ForAWriterThatParked_RingsItsDoorbell()
    {
        using var pair = new ChannelPair();
        while (pair.Client.TryWrite(RecordKind.Send, 0, 0, []) == WriteOutcome.Done)
        {
        }

        // A refused write makes the channel hot.
        Assert.Equal(ChannelHeat.Hot, pair.Client.Heat);
        Assert.True(pair.Client.TryGoCold());
        for (int i = 0; i < ChannelPair.SmallLines / 4; i++)
        {
            Assert.Equal(0, pair.ClientBell.Rings);
            pair.Server.Receive();
        }

        Assert.Equal(1, pair.ClientBell.Rings);
        pair.Client.GoHot();
        Assert.Equal(ChannelEvents.Writable, pair.Client.Poll());
    }

    [Fact]
    public void Room_ForAWriterThatParkedWithoutNeedingIt_DoesNotRing()
    {
        using var pair = new ChannelPair();
        pair.Client.GoHot();
        for (int i = 0; i < ChannelPair.MostLines; i++)
            pair.Client.Send([]);
        Assert.True(pair.Client.TryGoCold());
        for (int i = 0; i < ChannelPair.MostLines; i++)
            pair.Server.Receive();

        Assert.Equal(0, pair.ClientBell.Rings);
    }

    [Fact]
    public void GoCold_WithTheRoomThatWasWanted_StaysHot()
    {
        using var pair = new ChannelPair();
        while (pair.Client.TryWrite(RecordKind.Send, 0, 0, []) == WriteOutcome.Done)
        {
        }

        pair.Client.Flush();
        for (int i = 0; i < ChannelPair.MostLines; i++)
            pair.Server.Receive();

        Assert.False(pair.Client.TryGoCold());
        Assert.Equal(ChannelEvents.Writable, pair.Client.Poll());
    }

    [Fact]
    public void Close_OfOneSide_LetsThePeerReadWhatCameBefore()
    {
        using var pair = new ChannelPair();
        pair.Client.TryWrite(RecordKind.Send, 0, 0, "last"u8);
        pair.Client.Close();

        Assert.Equal(1, pair.ServerBell.Rings);
        Assert.Equal(ChannelEvents.Readable, pair.Server.Poll());
        Assert.Equal("last"u8.ToArray(), pair.Server.Receive());
        Assert.Equal(ChannelEvents.Closed, pair.Server.Poll());
        Assert.Equal(ChannelState.ClosedByPeer, pair.Server.State);
        Assert.Equal(WriteOutcome.Closed, pair.Server.TryWrite(RecordKind.Send, 0, 0, []));
        Assert.False(pair.Server.TryRead(out _));
        Assert.True(pair.Server.TryGoCold());
    }

    [Fact]
    public void Close_OfBothSides_IsForEver()
    {
        using var pair = new ChannelPair();
        pair.Client.Close();
        pair.Server.Close();

        foreach (ChannelEnd end in (ChannelEnd[])[pair.Client, pair.Server])
        {
            var transfer = new MessageTransfer(RecordKind.Send, 0, 0);
            Assert.Equal(ChannelState.Closed, end.State);
            Assert.Equal(WriteOutcome.Closed, end.TryWrite(RecordKind.Send, 0, 0, []));
            Assert.Equal(WriteOutcome.Closed, end.TryContinue(ref transfer, new byte[5000]));
            Assert.Equal(ChannelEvents.Closed, end.Poll());
            Assert.False(end.TryRead(out _));
            Assert.False(end.Publish());
        }
    }

    [Fact]
    public void Close_WithAMessageHeld_LetsItBeReleased()
    {
        using var pair = new ChannelPair();
        pair.Client.Send("x"u8);
        Assert.True(pair.Server.TryRead(out ChannelMessage message));
        pair.Server.Close();

        pair.Server.Release(message);
    }

    [Fact]
    public void Death_AtAnyStepOfAWrite_LeavesAllOfTheRecordOrNothing()
    {
        using var pair = new ChannelPair();
        pair.Client.Send("before"u8);
        pair.Client.TryReserve(100, out Span<byte> room);
        room.Fill(0xAA);
        Assert.Equal("before"u8.ToArray(), pair.Server.Receive());
        Assert.False(pair.Server.TryRead(out _));

        // The header is out, and its writer dies before it looks at the status: the record is whole.
        pair.Client.Commit(RecordKind.Send, 0, 0, 100);
        Assert.Equal(100, pair.Server.Receive().Length);
        Assert.Equal(ChannelState.Open, pair.Server.State);
    }

    [Fact]
    public void Peer_ThatStopsReading_CostsNoMemory()
    {
        using var pair = new ChannelPair();
        byte[] message = new byte[10_000];
        var transfer = new MessageTransfer(RecordKind.Send, 0, 0);
        while (pair.Client.TryContinue(ref transfer, message) == WriteOutcome.More)
            pair.Client.Flush();

        long before = GC.GetAllocatedBytesForCurrentThread();
        int refused = 0;
        for (int i = 0; i < 10_000; i++)
        {
            if (pair.Client.TryContinue(ref transfer, message) == WriteOutcome.Full)
                refused++;
            pair.Client.Flush();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(10_000, refused);
        Assert.Equal(1, pair.ServerBell.Rings);
    }
}
