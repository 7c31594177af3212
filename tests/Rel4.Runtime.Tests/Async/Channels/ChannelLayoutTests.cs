using Rel4.Abi;

namespace Rel4.Runtime.Tests.Async.Channels;

/// <summary>Is what two processes agree on laid out as documented?</summary>
public sealed unsafe class ChannelLayoutTests
{
    [Fact]
    public void Offsets_OfTheFrame_AreAsDocumented()
    {
        ChannelFrame frame;
        byte* start = (byte*)&frame;
        Assert.Equal(512, sizeof(ChannelFrame));
        Assert.Equal(
            [0, 8, 12, 16, 64, 128, 256],
            [
                (byte*)&frame.Magic - start, (byte*)&frame.Version - start, (byte*)&frame.Lines - start, (byte*)&frame.MaxMessageBytes - start,
                (byte*)&frame.Counters - start, (byte*)&frame.Consumer - start, (byte*)&frame.Status - start,
            ]);
        Assert.Equal("reL4ring"u8.ToArray(), BitConverter.GetBytes(ChannelFrame.MagicValue));
    }

    [Fact]
    public void Fields_OfARecordHeader_HaveTheirBits()
    {
        Assert.Equal(0x3_FFFFUL, new RecordHeader(0, 0, 0, 0, (1 << 18) - 1).Raw);
        Assert.Equal(0xFUL << 18, new RecordHeader((RecordKind)15, 0, 0, 0, 0).Raw);
        Assert.Equal(3UL << 22, new RecordHeader(0, RecordPart.Last, 0, 0, 0).Raw);
        Assert.Equal(0xFFFFUL << 24, new RecordHeader(0, 0, 0, ushort.MaxValue, 0).Raw);
        Assert.Equal(0xFF_FFFFUL << 40, new RecordHeader(0, 0, RecordHeader.MaxId, 0, 0).Raw);

        var header = new RecordHeader(RecordKind.Reply, RecordPart.Middle, 0x12_3456, 0x789A, 0x2_BCDE);
        Assert.Equal(
            (RecordKind.Reply, RecordPart.Middle, 0x12_3456u, (ushort)0x789A, 0x2_BCDE),
            (header.Kind, header.Part, header.Id, header.Label, header.Length));
    }

    [Fact]
    public void Headers_OfAllKindsAndParts_AreWellFormedWhereDocumented()
    {
        for (uint kind = 0; kind < 16; kind++)
        {
            for (uint part = 0; part < 4; part++)
            {
                bool exists = part == 0 ? kind is >= 1 and <= 6 : kind is >= 2 and <= 4;
                Assert.Equal(exists, new RecordHeader((RecordKind)kind, (RecordPart)part, 0, 0, 0).IsWellFormed);
            }
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(56, 1)]
    [InlineData(57, 2)]
    [InlineData(120, 2)]
    [InlineData(121, 3)]
    [InlineData((1 << 18) - 1, 4097)]
    public void Lines_OfALength_IncludeTheHeader(int length, uint lines) => Assert.Equal(lines, RecordHeader.LinesFor(length));

    [Fact]
    public void Payload_OfTheLongestRecord_FitsTheLengthField() =>
        Assert.InRange(RecordHeader.PayloadOf(RecordHeader.MaxLines), 1 << 17, (1 << 18) - 1);

    [Fact]
    public void Status_OfAParkAndItsNumber_HasItsBits()
    {
        var status = new ChannelStatus(ChannelAttention.ParkedForRoom, 4096 + 3, 5);

        Assert.Equal(0b101_000000000011_010UL, status.Raw);
        Assert.Equal((ChannelAttention.ParkedForRoom, 3, 5UL), (status.Attention, status.Processor, status.Parks));
        Assert.Equal(ChannelAttention.Parked, default(ChannelStatus).Attention);
    }
}
