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
            [0, 8, 12, 16, 24, 28, 64, 128, 256, 384],
            [
                (byte*)&frame.Magic - start, (byte*)&frame.Version - start, (byte*)&frame.Lines - start, (byte*)&frame.MaxMessageBytes - start,
                (byte*)&frame.FirstUnit - start, (byte*)&frame.EndUnit - start, (byte*)&frame.Counters - start, (byte*)&frame.Consumer - start,
                (byte*)&frame.Status - start, (byte*)&frame.Returned - start,
            ]);
        Assert.InRange(ChannelFrame.ReturnedOffset + ((int)ChannelFrame.MaxUnits * sizeof(uint)), 0, ChannelFrame.HeaderSize);
        Assert.Equal("reL4ring"u8.ToArray(), BitConverter.GetBytes(ChannelFrame.MagicValue));
    }

    [Fact]
    public void Fields_OfARecordHeader_HaveTheirBits()
    {
        Assert.Equal(0x3_FFFFUL, new RecordHeader(0, 0, 0, 0, (1 << 18) - 1).Raw);
        Assert.Equal(7UL << 18, new RecordHeader((RecordKind)7, 0, 0, 0, 0).Raw);
        Assert.Equal(4UL << 21, new RecordHeader(0, RecordPart.Lent, 0, 0, 0).Raw);
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
        for (uint kind = 0; kind < 8; kind++)
        {
            for (uint part = 0; part < 8; part++)
            {
                bool exists = part == 0 ? kind is >= 1 and <= 5 : part <= 4 ? kind is >= 2 and <= 4 : part == 5 && kind == 4;
                Assert.Equal(exists, new RecordHeader((RecordKind)kind, (RecordPart)part, 0, 0, 0).IsWellFormed);
            }
        }
    }

    [Fact]
    public void Fields_OfALentPlace_HaveTheirBits()
    {
        var place = new LentPlace(0x1234_5678, 0x9A, 0xBC_DEF0);

        Assert.Equal(0x1234_5678_9ABC_DEF0UL, place.Raw);
        Assert.Equal((0x1234_5678u, 0x9Au, 0xBC_DEF0), (place.Loan, place.Unit, place.Length));
        Assert.Equal((0u, 1u, 1u, 2u), (LentPlace.UnitsFor(0), LentPlace.UnitsFor(1), LentPlace.UnitsFor(1 << 16), LentPlace.UnitsFor((1 << 16) + 1)));
        Assert.InRange((int)ChannelFrame.MaxUnits * ChannelFrame.UnitSize, 0, LentPlace.MaxLength);
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
