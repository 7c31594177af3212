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
