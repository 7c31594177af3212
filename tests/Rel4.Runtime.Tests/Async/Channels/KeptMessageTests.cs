using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime.Tests.Async.Channels;

/// <summary>Does a message that is kept stay as it is, and hold back nothing?</summary>
public sealed class KeptMessageTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(1000)]
    public void Messages_BehindOneThatIsKept_PassForEver(int keepsOneOf)
    {
        const int Rounds = 3000;
        using var pair = new ChannelPair();
        var kept = new List<(ChannelMessage Message, byte[] Expected)>();
        for (int i = 0; i < Rounds; i++)
        {
            byte[] payload = Payload.Of(i % 300, i);
            pair.Client.Send(payload);
            Assert.True(pair.Server.TryRead(out ChannelMessage message));
            if (i % keepsOneOf == 0)
                kept.Add((message, payload));
            else
                pair.Server.Release(message);
            if (pair.Server.HoldsBack)
                Assert.True(pair.Server.TryMoveOut());
            pair.Server.Flush();
            pair.AssertInvariants();
        }

        Assert.InRange(pair.Server.MessagesMovedOut, 1, kept.Count);
        foreach ((ChannelMessage message, byte[] expected) in kept)
        {
            Assert.Equal(expected, message.Payload.ToArray());
            pair.Server.Release(message);
        }

        pair.Server.Trim();
        Assert.Equal(0, pair.Server.Share.Used);
    }

    [Fact]
    public void Client_WithAllItsMessagesKept_HasRoomForTheLongestRecordAtEveryPlace()
    {
        var random = new Random(7);
        for (int story = 0; story < 500; story++)
        {
            using var pair = new ChannelPair();
            for (int i = 0; i < 200; i++)
            {
                if (pair.Client.TryWrite(RecordKind.Send, 0, 0, new byte[random.Next(pair.Client.MaxRecordBytes)]) == WriteOutcome.Done)
                    pair.Client.Flush();
                while (pair.Server.TryRead(out _))
                {
                }

                if (pair.Server.HoldsBack)
                    pair.Server.TryMoveOut();
                pair.Server.Flush();
            }

            Assert.Equal(WriteOutcome.Done, pair.Client.TryReserve(pair.Client.MaxRecordBytes, out _));
        }
    }

    [Fact]
    public void Messages_BeyondTheShare_StopTheirPeerUntilOneIsReleased()
    {
        using var pair = new ChannelPair();
        pair.Server.Share = new MemoryShare(2000);
        var kept = new Queue<ChannelMessage>();
        bool hasMemory = true;
        while (pair.Client.TryWrite(RecordKind.Send, 0, 0, new byte[500]) == WriteOutcome.Done)
        {
            pair.Client.Flush();
            Assert.True(pair.Server.TryRead(out ChannelMessage message));
            kept.Enqueue(message);
            hasMemory = !pair.Server.HoldsBack || pair.Server.TryMoveOut();
            pair.Server.Flush();
        }

        Assert.False(hasMemory);
        Assert.Equal((2 * MemoryShare.CostOf(500), ChannelState.Open), (pair.Server.Share.Used, pair.Server.State));
        Assert.True(kept.Count < 12, $"{kept.Count} messages of 500 bytes are kept");

        for (int i = 0; i < 4; i++)
            pair.Server.Release(kept.Dequeue());
        Assert.True(pair.Server.TryMoveOut());
        pair.Server.Flush();
        Assert.Equal(WriteOutcome.Done, pair.Client.TryWrite(RecordKind.Send, 0, 0, new byte[500]));
    }

    [Fact]
    public void Message_KeptWhenItsEndIsDisposedOf_CanStillBeReadAndReleased()
    {
        using var pair = new ChannelPair();
        byte[] whole = Payload.Of(100, 1), fragments = Payload.Of(2000, 2);
        pair.Client.Send(whole);
        Assert.True(pair.Server.TryRead(out ChannelMessage inRing));
        var transfer = new MessageTransfer(RecordKind.Send, 0, 0);
        while (pair.Client.TryContinue(ref transfer, fragments) != WriteOutcome.Done)
        {
        }

        pair.Client.Flush();
        Assert.True(pair.Server.TryRead(out ChannelMessage apart));

        pair.Server.Dispose();
        pair.ClientFrame.Bytes.Clear();

        Assert.Equal(whole, inRing.Payload.ToArray());
        Assert.Equal(fragments, apart.Payload.ToArray());
        pair.Server.Release(inRing);
        pair.Server.Release(apart);
        pair.Server.Trim();
        Assert.Equal(0, pair.Server.Share.Used);
        Assert.Throws<InvalidOperationException>(() => pair.Server.Release(inRing));
    }

    [Fact]
    public void Memory_OfAReleasedMessage_StaysUntilItIsTrimmed()
    {
        using var pair = new ChannelPair(64 * 1024);
        // Longer than what is kept for the next message.
        pair.Server.Share = new MemoryShare(1 << 20);
        byte[] message = Payload.Of(8 << 20, 1);
        ChannelMessage arrived = pair.Pass(message);
        ReadOnlySpan<byte> span = arrived.Payload;
        pair.Server.Release(arrived);

        Assert.True(pair.Server.HasReleased);
        Assert.True(span.SequenceEqual(message));
        pair.Server.Trim();
        Assert.False(pair.Server.HasReleased);
    }
}
