using Rel4.Abi;
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
        ChannelMessage message = Pass(pair, first);
        ReadOnlySpan<byte> span = message.Payload;
        pair.Server.Release(message);

        ChannelMessage longer = Pass(pair, Payload.Of(7 * Kept, 2));

        Assert.Equal(Kept, pair.Server.Share.Spare);
        Assert.True(span.SequenceEqual(first));
        pair.Server.Release(longer);
    }

    [Fact]
    public void Spare_AsLongAsTheNextMessage_IsUsedAgain()
    {
        using var pair = new ChannelPair(64 * 1024);
        pair.Server.Release(Pass(pair, Payload.Of(Kept, 1)));

        ChannelMessage next = Pass(pair, Payload.Of(Kept, 2));

        Assert.Equal(0, pair.Server.Share.Spare);
        pair.Server.Release(next);
    }

    private static ChannelMessage Pass(ChannelPair pair, byte[] message)
    {
        ChannelMessage? arrived = null;
        var transfer = new MessageTransfer(RecordKind.Send, 0, 0);
        for (WriteOutcome outcome = WriteOutcome.More; arrived is null;)
        {
            if (outcome != WriteOutcome.Done)
                outcome = pair.Client.TryContinue(ref transfer, message);
            pair.Client.Flush();
            pair.Server.TryRead(out arrived!);
            pair.Server.Flush();
        }

        return arrived;
    }
}
