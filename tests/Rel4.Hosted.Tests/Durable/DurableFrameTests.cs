using Rel4.Hosted.Durable;

namespace Rel4.Hosted.Tests.Durable;

/// <summary>Is what lies before a kept message read as it was written, and is anything else refused?</summary>
public sealed class DurableFrameTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890!~!")]
    public void TryRead_OfWhatWasWritten_ReadsIt(string id)
    {
        byte[] message = Message(id, 7, 3);

        Assert.True(DurableFrame.TryRead(message, out string read, out int deliveries));
        Assert.Equal((id, 7), (read, deliveries));
        Assert.Equal([9, 9, 9], message[(DurableFrame.Fixed + id.Length)..]);
    }

    [Theory]
    [InlineData(0, 0x00)] // mark
    [InlineData(1, 2)] // version
    [InlineData(2, 0)] // no id
    [InlineData(2, 65)] // an id that is too long
    [InlineData(2, 255)]
    [InlineData(3, 1)] // not zero
    [InlineData(7, 0x80)] // fewer deliveries than none
    [InlineData(8, 0x20)] // an id that can't be seen
    [InlineData(9, 0xC3)]
    public void TryRead_OfAnythingElse_Refuses(int at, byte value)
    {
        byte[] message = Message("some-id", 1, 400);
        message[at] = value;

        Assert.False(DurableFrame.TryRead(message, out _, out _));
    }

    [Fact]
    public void TryRead_OfWhatIsCutShort_Refuses()
    {
        byte[] message = Message("some-id", 1, 0);

        Assert.True(DurableFrame.TryRead(message, out _, out _));
        for (int length = 0; length < message.Length; length++)
            Assert.False(DurableFrame.TryRead(message.AsSpan(0, length), out _, out _));
    }

    [Fact]
    public void TryReadReceipt_OfWhatWasWrittenOrNot_ReadsItOrRefuses()
    {
        byte[] receipt = new byte[DurableFrame.ReceiptSize];
        DurableFrame.WriteReceipt(receipt, ulong.MaxValue, wasStoredBefore: true);

        Assert.True(DurableFrame.TryReadReceipt(receipt, out ulong sequence, out bool wasStoredBefore));
        Assert.Equal((ulong.MaxValue, true), (sequence, wasStoredBefore));
        Assert.False(DurableFrame.TryReadReceipt(receipt.AsSpan(1), out _, out _));
        Assert.False(DurableFrame.TryReadReceipt([.. receipt, 0], out _, out _));
        receipt[2] = 2;
        Assert.False(DurableFrame.TryReadReceipt(receipt, out _, out _));
    }

    private static byte[] Message(string id, int deliveries, int length)
    {
        byte[] payload = new byte[length], message = new byte[DurableFrame.Fixed + id.Length + length];
        payload.AsSpan().Fill(9);
        DurableFrame.Write(message, id, deliveries, payload);
        return message;
    }
}
