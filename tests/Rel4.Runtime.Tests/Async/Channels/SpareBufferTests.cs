using Rel4.Runtime.Channels;

namespace Rel4.Runtime.Tests.Async.Channels;

/// <summary>Does the memory of a released message stay where it is for whoever copies it still?</summary>
public sealed class SpareBufferTests
{
    private const int Kept = 300_000;

    [Fact]
    public void Spare_ShorterThanTheNextMessage_IsNeitherTakenNorMoved()
    {
        using var pair = new ChannelPair(64 * 1024);
        byte[] first = Payload.Of(Kept, 1);
        ChannelMessage message = pair.Pass(first);
        ReadOnlySpan<byte> span = message.Payload;
        pair.Server.Release(message);

        ChannelMessage longer = pair.Pass(Payload.Of(7 * Kept, 2));

        Assert.Equal(Kept, pair.Server.Share.Spare);
        Assert.True(span.SequenceEqual(first));
        pair.Server.Release(longer);
    }

    [Theory]
    [InlineData(4 << 20, 4 << 20)]
    [InlineData((4 << 20) + 1, 0)]
    public void Rest_OfAChannelThatWasNotUsedSinceTheLast_KeepsNoLargeSpare(int length, long left)
    {
        using var pair = new ChannelPair(64 * 1024);
        pair.Server.GoHot();
        pair.Server.Release(pair.Pass(Payload.Of(length, 1)));
        Assert.True(pair.Server.TryGoCold());
        pair.Server.Rest();
        Assert.Equal(length, pair.Server.Share.Spare);

        pair.Server.Rest();

        Assert.Equal((left, left == 0), (pair.Server.Share.Spare, pair.Server.HasReleased));
    }

    [Fact]
    public void Spares_OfOnePeer_AreNoMoreThanItsShare()
    {
        using var pair = new ChannelPair(64 * 1024);
        pair.Server.Share = new MemoryShare(Kept);
        pair.Server.Release(pair.Pass(Payload.Of(Kept, 1)));
        pair.Server.Release(pair.Pass(Payload.Of(Kept + 1, 2)));

        Assert.InRange(pair.Server.Share.Spare, 0, Kept);
        Assert.True(pair.Server.HasReleased);
    }

    [Fact]
    public void Spare_LongerThanThoseThatAreKept_IsKeptBeforeThem()
    {
        using var pair = new ChannelPair(64 * 1024);
        pair.Server.Share = new MemoryShare(4 * Kept);
        ChannelMessage[] messages = [pair.Pass(Payload.Of(Kept, 1)), pair.Pass(Payload.Of(Kept, 2)), pair.Pass(Payload.Of(2 * Kept - 1000, 3))];
        foreach (ChannelMessage message in messages)
            pair.Server.Release(message);

        pair.Server.Release(pair.Pass(Payload.Of((3 * Kept) + 1, 4)));

        Assert.Equal((3 * Kept) + 1, pair.Server.Share.Spare);
    }

    [Fact]
    public void Spare_LongerThanTheMessageThatItServes_CountsForTheRest()
    {
        const int Short = 100_000;
        using var pair = new ChannelPair(64 * 1024);
        pair.Server.Release(pair.Pass(Payload.Of(Kept, 1)));

        ChannelMessage kept = pair.Pass(Payload.Of(Short, 2));

        Assert.Equal(Kept - Short, pair.Server.Share.Spare);
        pair.Server.Release(kept);
        Assert.Equal(Kept, pair.Server.Share.Spare);
    }

    [Fact]
    public void Spare_AsLongAsTheNextMessage_IsUsedAgain()
    {
        using var pair = new ChannelPair(64 * 1024);
        pair.Server.Release(pair.Pass(Payload.Of(Kept, 1)));

        ChannelMessage next = pair.Pass(Payload.Of(Kept, 2));

        Assert.Equal(0, pair.Server.Share.Spare);
        pair.Server.Release(next);
    }
}
