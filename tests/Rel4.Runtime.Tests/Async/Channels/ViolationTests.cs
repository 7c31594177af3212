using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime.Tests.Async.Channels;

/// <summary>Is everything that a peer can get wrong found, named, and the end of that channel only?</summary>
public sealed unsafe class ViolationTests
{
    [Theory]
    [InlineData(ChannelFrame.MagicOffset, ChannelField.Magic)]
    [InlineData(ChannelFrame.VersionOffset, ChannelField.Version)]
    [InlineData(ChannelFrame.LinesOffset + 1, ChannelField.RingLines)]
    public void Frame_WithAWrongHeader_IsRefused(int offset, ChannelField field)
    {
        using var pair = new ChannelPair();
        pair.ClientFrame.Bytes[offset] ^= 0xFF;

        Assert.Equal(field, Reopen(pair, pair.ClientFrame.Length)!.Field);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(ChannelFrame.HeaderSize)]
    [InlineData(ChannelFrame.HeaderSize + (16 * 64) - 1)]
    public void Frame_TooShort_IsRefused(int length)
    {
        using var pair = new ChannelPair();

        Assert.Equal(ChannelField.FrameLength, Reopen(pair, (nuint)length)!.Field);
    }

    [Theory]
    [InlineData(15, true)]
    [InlineData(16, false)]
    [InlineData(56, false)]
    [InlineData(57, true)]
    public void Frame_WithSoManyLines_IsRefusedOutsideTheLimits(uint lines, bool isRefused)
    {
        using var pair = new ChannelPair();
        pair.ClientFrame.Owner->Lines = lines;

        Assert.Equal(isRefused, Reopen(pair, pair.ClientFrame.Length)?.Field == ChannelField.RingLines);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(57)]
    [InlineData(ulong.MaxValue)]
    public void Consumer_OfWhatWasNotPublished_IsFound(ulong consumer)
    {
        using var pair = new ChannelPair();
        Volatile.Write(ref pair.ClientFrame.Owner->Consumer, consumer);
        int written = 0;
        while (pair.Server.TryWrite(RecordKind.Send, 0, 0, new byte[800]) == WriteOutcome.Done)
            written++;

        Assert.Equal(4, written);
        Assert.Equal(consumer == 1 ? null : ChannelField.Consumer, pair.Server.Violation?.Field);
    }

    /// <summary>Gets headers with which no record may begin, and what is wrong with each.</summary>
    public static TheoryData<ulong, ChannelField> BadHeaders => new()
    {
        { ulong.MaxValue, ChannelField.RecordKind },
        { new RecordHeader((RecordKind)7, RecordPart.Whole, 0, 0, 0).Raw, ChannelField.RecordKind },
        { new RecordHeader(RecordKind.Send, (RecordPart)7, 0, 0, 0).Raw, ChannelField.RecordKind },
        { new RecordHeader(RecordKind.Failure, RecordPart.Lent, 0, 0, 8).Raw, ChannelField.RecordKind },
        { new RecordHeader(RecordKind.Send, RecordPart.Lent, 0, 0, 8).Raw, ChannelField.LentPlace },
        { new RecordHeader(RecordKind.Reply, RecordPart.Lent, 1 << 16, 0, 8).Raw, ChannelField.CallId },
        { new RecordHeader(RecordKind.Call, RecordPart.Returned, 0, 0, 8).Raw, ChannelField.RecordKind },
        { new RecordHeader((RecordKind)6, RecordPart.Whole, 0, 0, 0).Raw, ChannelField.RecordKind },
        { new RecordHeader((RecordKind)6, RecordPart.First, 0, 0, 0).Raw, ChannelField.RecordKind },
        { new RecordHeader(RecordKind.Pad, RecordPart.Whole, 0, 0, 0).Raw, ChannelField.RecordLength },
        { new RecordHeader(RecordKind.Send, RecordPart.Whole, 0, 0, 889).Raw, ChannelField.RecordLength },
        { new RecordHeader(RecordKind.Send, RecordPart.Whole, 0, 0, (1 << 18) - 1).Raw, ChannelField.RecordLength },
        { new RecordHeader(RecordKind.Reply, RecordPart.Whole, 0, 0, 0).Raw, ChannelField.CallId },
        { new RecordHeader(RecordKind.Failure, RecordPart.Whole, 1 << 16, 0, 0).Raw, ChannelField.CallId },
        { new RecordHeader(RecordKind.Reply, RecordPart.First, RecordHeader.MaxId, 0, 8).Raw, ChannelField.CallId },
        { new RecordHeader(RecordKind.Send, RecordPart.First, 0, 0, 7).Raw, ChannelField.FirstFragment },
        { new RecordHeader(RecordKind.Send, RecordPart.First, 0, 0, 9).Raw, ChannelField.MessageLength },
        { new RecordHeader(RecordKind.Call, RecordPart.Middle, 0, 0, 1).Raw, ChannelField.FragmentOrder },
        { new RecordHeader(RecordKind.Call, RecordPart.Last, 0, 0, 1).Raw, ChannelField.FragmentOrder },
    };

    [Theory]
    [MemberData(nameof(BadHeaders))]
    public void Header_ThatMayNotBe_IsFound(ulong header, ChannelField field)
    {
        using var pair = new ChannelPair();
        pair.ClientFrame.Put(new RecordHeader(header));

        Require(pair, field);
        Assert.Equal((ulong)ChannelFrame.HeaderSize, pair.Server.Violation!.Offset);
    }

    [Theory]
    [InlineData(1UL << 30 | 1)]
    [InlineData(ulong.MaxValue)]
    [InlineData(20UL)]
    public void Announcement_OfALengthThatMayNotBe_IsFound(ulong total)
    {
        using var pair = new ChannelPair();
        pair.ClientFrame.Begin(RecordKind.Send, total, length: 28);

        Require(pair, ChannelField.MessageLength);
    }

    [Theory]
    [InlineData(RecordPart.First, 28, ChannelField.FragmentOrder)]
    [InlineData(RecordPart.Middle, 0, ChannelField.FragmentLength)]
    [InlineData(RecordPart.Middle, 10, ChannelField.FragmentLength)]
    [InlineData(RecordPart.Middle, 11, ChannelField.FragmentLength)]
    [InlineData(RecordPart.Last, 9, ChannelField.FragmentLength)]
    [InlineData(RecordPart.Last, 11, ChannelField.FragmentLength)]
    public void Fragment_ThatDoesNotFollow_IsFound(RecordPart part, int length, ChannelField field)
    {
        using var pair = new ChannelPair();
        pair.ClientFrame.Begin(RecordKind.Send, total: 30, length: 28);
        pair.ClientFrame.Put(new RecordHeader(RecordKind.Send, part, 0, 0, length), line: 1);

        Require(pair, field);
    }

    [Fact]
    public void Transfer_BegunWhileAnotherIsUnderWay_IsFound()
    {
        using var pair = new ChannelPair();
        pair.ClientFrame.Begin(RecordKind.Send, total: 1000, length: 28, line: 0, id: 1);
        pair.ClientFrame.Begin(RecordKind.Send, total: 1000, length: 28, line: 1, id: 2);

        Require(pair, ChannelField.FragmentOrder);
    }

    [Fact]
    public void Reply_SentTwice_IsFound()
    {
        using var pair = new ChannelPair();
        pair.Client.Calls.TryOpen(new CallWaiter(this), out uint id);
        pair.Server.TryWrite(RecordKind.Reply, id, 0, []);
        pair.Server.TryWrite(RecordKind.Reply, id, 0, []);
        pair.Server.Flush();

        pair.Client.Receive();
        Assert.False(pair.Client.TryRead(out _));

        Assert.Equal(ChannelField.CallId, pair.Client.Violation!.Field);
    }

    [Fact]
    public void Violation_OfAChannel_IsForEverAndSaysWhereAndWhat()
    {
        using var pair = new ChannelPair();
        pair.ClientFrame.Put(new RecordHeader(RecordKind.Send, RecordPart.Whole, 0, 0, 889));
        Assert.False(pair.Server.TryRead(out _));
        pair.ClientFrame.Put(default);

        Assert.Equal(
            "Channel 2 is closed: the peer's frame has RecordLength 15 (0xf) at offset 512; the limit is 14 (0xe).",
            pair.Server.Violation!.ToString());
        Assert.Equal(WriteOutcome.Closed, pair.Server.TryWrite(RecordKind.Send, 0, 0, []));
        Assert.False(pair.Server.TryRead(out _));
        Assert.Equal(ChannelEvents.Closed, pair.Server.Poll());
        pair.Server.Close();
        Assert.Equal(ChannelState.Violated, pair.Server.State);
    }

    [Fact]
    public void Violation_OfAChannel_IsToldToThePeer()
    {
        using var pair = new ChannelPair();
        pair.ClientFrame.Put(new RecordHeader(RecordKind.Send, RecordPart.Whole, 0, 0, 889));
        pair.Server.TryRead(out _);

        Assert.Equal(1, pair.ClientBell.Rings);
        Assert.Equal(ChannelEvents.Closed, pair.Client.Poll());
        Assert.Equal(ChannelState.ClosedByPeer, pair.Client.State);
    }

    private static void Require(ChannelPair pair, ProtocolViolation expected)
    {
        Assert.False(pair.Server.TryRead(out _));
        Assert.Equal(ChannelState.Violated, pair.Server.State);
        Assert.Equal(expected, pair.Server.Violation);
    }

    private static void Require(ChannelPair pair, ChannelField field)
    {
        Assert.False(pair.Server.TryRead(out _));
        Assert.Equal(field, pair.Server.Violation?.Field);
        Assert.Equal(ChannelState.Violated, pair.Server.State);
    }

    private static ProtocolViolation? Reopen(ChannelPair pair, nuint length)
    {
        using ChannelEnd? end = ChannelEnd.TryOpen(
            pair.ServerFrame.Owner, pair.ClientFrame.Peer, length, pair.ClientBell, new ChannelOptions(), out ProtocolViolation? violation);
        Assert.Equal(end is null, violation is not null);
        return violation;
    }
}
