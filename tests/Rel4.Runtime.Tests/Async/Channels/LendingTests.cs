using System.Runtime.InteropServices;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime.Tests.Async.Channels;

/// <summary>Are long messages read where they were written, for as long as their reader likes, and can it do no harm by that?</summary>
public sealed unsafe class LendingTests(ITestOutputHelper output)
{
    private const int Unit = ChannelFrame.UnitSize;

    [Theory]
    [InlineData(32 * 1024)]
    [InlineData(Unit)]
    [InlineData(Unit + 1)]
    [InlineData(ChannelPair.Units * Unit)]
    public void Message_ThatIsLong_IsReadWhereItWasWritten(int length)
    {
        using var pair = ChannelPair.Lending();
        byte[] sent = Payload.Of(length, 1);

        ChannelMessage message = pair.Pass(sent);

        Assert.Equal(sent, message.Payload.ToArray());
        Assert.Equal((int)LentPlace.UnitsFor(length), Lent.Units(pair.Client));
        sent.AsSpan().Reverse();
        sent.CopyTo(pair.ClientFrame.Bytes[Unit..]);
        Assert.Equal(sent, message.Payload.ToArray());
        Assert.Equal((0L, 0L), (pair.Server.Share.Used, pair.Server.ReassemblyBytes));
    }

    [Theory]
    [InlineData((32 * 1024) - 1)]
    [InlineData((ChannelPair.Units * Unit) + 1)]
    public void Message_TooShortOrTooLongToBeLent_IsCopied(int length)
    {
        using var pair = ChannelPair.Lending();
        byte[] sent = Payload.Of(length, 1);

        Assert.Equal(sent, pair.Pass(sent).Payload.ToArray());
        Assert.Equal(0, Lent.Units(pair.Client));
    }

    [Fact]
    public void Message_LongerThanThePeerTakes_IsTooLongAlthoughItCouldBeLent()
    {
        using var pair = ChannelPair.Lending(maxMessageBytes: 100_000);
        var transfer = new MessageTransfer(RecordKind.Send, 0, 0);

        Assert.Equal(WriteOutcome.TooLong, pair.Client.TryContinue(ref transfer, new byte[100_001]));
        Assert.Equal(WriteOutcome.Done, pair.Client.TryContinue(ref transfer, new byte[100_000]));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, uint.MaxValue)]
    [InlineData(5, 4)]
    [InlineData(uint.MaxValue, uint.MaxValue - 1)]
    public void Memory_WhoseLoansWrapAround_IsNotTakenBackForWhatThePeerShows(uint shown, uint last)
    {
        using var frame = new SharedFrame((ChannelPair.Units + 1) * Unit);
        using var peer = new SharedFrame(ChannelPair.SmallFrame);
        ChannelEnd.Format(frame.Owner, frame.Length, new ChannelOptions { RingLines = 8 });
        var pool = new LendingPool(frame.Owner, peer.Owner);
        int all = (int)(frame.Owner->EndUnit - frame.Owner->FirstUnit) * Unit;
        ref uint returned = ref (&peer.Owner->Returned)[frame.Owner->FirstUnit];
        if (shown != 0)
        {
            Lent.CountFrom(ref pool, shown - 1);
            Assert.True(pool.TryFind(all, out uint given));
            returned = pool.Lend(given, all).Loan;
        }

        Assert.True(pool.TryFind(all, out uint unit));
        // As many later as come round to the one that the peer has shown last, all returned by records.
        Lent.CountFrom(ref pool, last);
        LentPlace lent = pool.Lend(unit, all);

        Assert.False(pool.TryFind(1, out _));
        returned = lent.Loan;
        Assert.True(pool.TryFind(all, out _));
    }

    [Fact]
    public void Memory_GivenBack_IsLentAgain()
    {
        using var pair = ChannelPair.Lending();
        for (int i = 0; i < 1000; i++)
        {
            byte[] sent = Payload.Of(2 * Unit, i);
            ChannelMessage message = pair.Pass(sent);
            Assert.True(message.Payload.SequenceEqual(sent));
            pair.Server.Release(message);
            pair.AssertInvariants();
        }

        Assert.Equal(0, pair.Server.MessagesMovedOut);
        Assert.Equal(0, pair.Server.Share.Spare);
    }

    [Fact]
    public void Memory_ThatIsAllKept_HoldsBackNothing()
    {
        using var pair = ChannelPair.Lending();
        byte[] sent = Payload.Of(Unit, 1);
        ChannelMessage[] kept = [.. Enumerable.Range(0, ChannelPair.Units).Select(_ => pair.Pass(sent))];
        Assert.Equal(ChannelPair.Units, Lent.Units(pair.Client));

        // Copied: at the reader's cost, and through the ring, as short ones.
        byte[] more = Payload.Of(3 * Unit, 2);
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(more, Payload.Carry(pair.Client, pair.Server, more));
            Assert.Equal(10, Payload.Carry(pair.Client, pair.Server, new byte[10]).Length);
        }

        foreach (ChannelMessage message in kept)
        {
            Assert.True(message.Payload.SequenceEqual(sent));
            pair.Server.Release(message);
        }

        pair.Server.Release(pair.Pass(more));
        Assert.Equal(3, Lent.Units(pair.Client));
    }

    [Fact]
    public void Message_KeptWhenItsEndIsDisposedOf_CanStillBeReadAndReleased()
    {
        using var pair = ChannelPair.Lending();
        byte[] sent = Payload.Of(Unit, 1);
        ChannelMessage message = pair.Pass(sent);

        pair.Server.Dispose();
        pair.ClientFrame.Bytes.Clear();
        pair.ServerFrame.Bytes.Clear();

        Assert.Equal(sent, message.Payload.ToArray());
        Assert.Equal(MemoryShare.CostOf(Unit), pair.Server.Share.Used);
        pair.Server.Release(message);
        pair.Server.Trim();
        Assert.Equal(0, pair.Server.Share.Used);
        Assert.False(pair.ServerFrame.Bytes.ContainsAnyExcept((byte)0));
        Assert.Throws<InvalidOperationException>(() => pair.Server.Release(message));
    }

    [Fact]
    public void Reservation_NotCommitted_LendsNothing()
    {
        using var pair = ChannelPair.Lending();
        Assert.Equal(WriteOutcome.Done, pair.Client.TryReserve(ChannelPair.Units * Unit, out Span<byte> place));
        Assert.Equal(ChannelPair.Units * Unit, place.Length);
        pair.Client.Send("next"u8);

        Assert.Equal("next"u8.ToArray(), pair.Server.Receive());
        Assert.False(pair.Server.TryRead(out _));
        Assert.Equal(0, Lent.Units(pair.Client));
    }

    [Fact]
    public void Messages_KeptAndGivenBackInAnyOrder_StayAsTheyWere()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using var pair = ChannelPair.Lending();
        var kept = new List<(ChannelMessage Message, byte[] Expected)>();
        int lent = 0;
        for (int i = 0; i < 3000; i++)
        {
            byte[] sent = Payload.Of(random.Next(5 * Unit), i);
            kept.Add((pair.Pass(sent), sent));
            lent += kept[^1].Message.State == MessageState.Lent ? 1 : 0;
            while (kept.Count > random.Next(8))
            {
                int one = random.Next(kept.Count);
                Assert.True(kept[one].Message.Payload.SequenceEqual(kept[one].Expected));
                pair.Server.Release(kept[one].Message);
                kept.RemoveAt(one);
            }

            pair.AssertInvariants();
        }

        Assert.InRange(lent, 1000, 3000);
    }

    [Fact]
    public void Message_LentBetweenTheFragmentsOfOneThatUsesUpTheShare_IsRead()
    {
        using var pair = ChannelPair.Lending();
        byte[] longest = Payload.Of((ChannelPair.Units * Unit) + 1, 1);
        pair.Server.Share = new MemoryShare(longest.Length);
        var transfer = new MessageTransfer(RecordKind.Send, 0, 0);
        Assert.Equal(WriteOutcome.More, pair.Client.TryContinue(ref transfer, longest));
        pair.Client.Send(new byte[Unit]);

        ChannelMessage? lent = null;
        for (int i = 0; i < 4 && lent is null; i++)
            pair.Server.TryRead(out lent!);

        Assert.Equal(Unit, lent?.Length);
        Assert.True(pair.Server.Share.IsUsedUp);
        pair.AssertInvariants();
    }

    [Fact]
    public void Reserve_OfAnEndThatIsDisposedOf_LooksAtThePeersFrameNoMore()
    {
        using var pair = ChannelPair.Lending();
        ChannelMessage all = pair.Pass(new byte[ChannelPair.Units * Unit]);
        pair.Server.Release(all);
        pair.Client.Dispose();

        Assert.NotEqual(WriteOutcome.Done, pair.Client.TryReserve(ChannelPair.Units * Unit, out _));
        Assert.Equal(ChannelPair.Units, Lent.Units(pair.Client));
    }

    [Fact]
    public void Lease_WrittenOrGivenUp_IsLentOrFree()
    {
        using var pair = ChannelPair.Lending();
        Assert.False(pair.Client.TryLease(100, out _));
        Assert.False(pair.Client.TryLease((ChannelPair.Units * Unit) + 1, out _));
        Assert.True(pair.Client.TryLease(5 * Unit, out LentPlace lease));
        Assert.True(pair.Client.TryLease(4 * Unit, out LentPlace other));
        Assert.False(pair.Client.TryLease(Unit, out _));
        pair.Client.EndLease(other);
        byte[] sent = Payload.Of((3 * Unit) + 1, 1);
        sent.CopyTo(new Span<byte>(pair.Client.At(lease), sent.Length));

        Assert.Equal(WriteOutcome.Done, pair.Client.TryWrite(RecordKind.Send, 0, 0, lease, sent.Length));
        pair.Client.Flush();

        Assert.Equal(4, Lent.Units(pair.Client));
        Assert.Equal(sent, pair.Server.Receive());
        Assert.True(pair.Client.TryLease(ChannelPair.Units * Unit, out _));
        pair.AssertInvariants();
    }

    [Fact]
    public void Lease_WhileTheRingIsFull_IsWrittenLater()
    {
        using var pair = ChannelPair.Lending();
        Assert.True(pair.Client.TryLease(Unit, out LentPlace lease));
        while (pair.Client.TryWrite(RecordKind.Send, 0, 0, new byte[1000]) == WriteOutcome.Done)
        {
        }

        while (pair.Client.TryWrite(RecordKind.Send, 0, 0, []) == WriteOutcome.Done)
        {
        }

        Assert.Equal(WriteOutcome.Full, pair.Client.TryWrite(RecordKind.Send, 0, 1, lease, Unit));
        Assert.Equal(0, Lent.Units(pair.Client));
        pair.Client.Flush();
        while (pair.Server.TryRead(out ChannelMessage message))
            pair.Server.Release(message);
        pair.Server.Flush();

        Assert.Equal(WriteOutcome.Done, pair.Client.TryWrite(RecordKind.Send, 0, 1, lease, Unit));
        Assert.Equal(Unit, pair.Server.Receive().Length);
    }

    [Fact]
    public void Reply_WithTheCallsOwnPayload_ReturnsItsMemory()
    {
        using var pair = ChannelPair.Lending();
        byte[] sent = Payload.Of(3 * Unit, 1);
        for (int i = 0; i < 10; i++)
        {
            uint id = Call(pair, sent);
            Assert.True(pair.Server.TryRead(out ChannelMessage call));
            Assert.Equal(WriteOutcome.Done, pair.Server.TryReturn(call, 5));
            pair.Server.Release(call);
            pair.Server.Flush();

            Assert.True(pair.Client.TryRead(out ChannelMessage reply));
            Assert.Equal((id, (ushort)5, 0), (reply.Id, reply.Label, Lent.Units(pair.Client)));
            Assert.Equal(sent, reply.Payload.ToArray());
            // Taken as long as the reply is there.
            Assert.Equal(WriteOutcome.InParts, pair.Client.TryReserve(7 * Unit, out _));
            pair.Client.Release(reply);
            Assert.Equal(WriteOutcome.Done, pair.Client.TryReserve(9 * Unit, out _));
            pair.AssertInvariants();
        }

        Assert.Equal(0, Lent.Units(pair.Server));
    }

    [Fact]
    public void Reply_InReturnedMemoryKeptWhenItsEndIsDisposedOf_CanStillBeRead()
    {
        using var pair = ChannelPair.Lending();
        byte[] sent = Payload.Of(Unit, 1);
        Call(pair, sent);
        Assert.True(pair.Server.TryRead(out ChannelMessage call));
        pair.Server.TryReturn(call, 0);
        pair.Server.Release(call);
        pair.Server.Flush();
        Assert.True(pair.Client.TryRead(out ChannelMessage reply));

        pair.Client.Dispose();
        pair.ClientFrame.Bytes.Clear();

        Assert.Equal(sent, reply.Payload.ToArray());
        pair.Client.Release(reply);
        pair.Client.Trim();
        Assert.Equal(0, pair.Client.Share.Used);
    }

    [Theory]
    [InlineData(1, 1, Unit, 8, true)]
    [InlineData(2, 1, Unit, 8, false)]
    [InlineData(0, 1, Unit, 8, false)]
    [InlineData(1, 2, Unit, 8, false)]
    [InlineData(1, 200, Unit, 8, false)]
    [InlineData(1, 1, Unit + 1, 8, false)]
    [InlineData(1, 1, 0, 8, false)]
    [InlineData(1, 1, Unit, 9, false)]
    public void Return_OfWhatWasNotLent_IsFound(uint loan, uint unit, int length, int size, bool isLent)
    {
        using var pair = ChannelPair.Lending();
        uint id = Call(pair, Payload.Of(Unit, 1));
        PutReturned(pair, id, new LentPlace(loan, unit, length), size);

        Assert.Equal(isLent, pair.Client.TryRead(out _));
        Assert.Equal(isLent ? null : ChannelField.LentPlace, pair.Client.Violation?.Field);
        Assert.Equal(!isLent, pair.Client.Calls.IsOutstanding(id));
    }

    [Fact]
    public void Return_OfWhatWasGivenBackOrReturnedBefore_IsFound()
    {
        foreach (bool isGivenBack in (bool[])[true, false])
        {
            using var pair = ChannelPair.Lending();
            uint first = Call(pair, Payload.Of(Unit, 1)), second = Call(pair, Payload.Of(Unit, 1));
            var place = new LentPlace(1, 1, Unit);
            if (isGivenBack)
            {
                // Seen when memory is wanted.
                (&pair.ServerFrame.Owner->Returned)[1] = 1;
                Assert.Equal(WriteOutcome.InParts, pair.Client.TryReserve(9 * Unit, out _));
                Assert.Equal(1, Lent.Units(pair.Client));
            }
            else
            {
                PutReturned(pair, first, place);
                Assert.True(pair.Client.TryRead(out _));
            }

            PutReturned(pair, second, place, line: isGivenBack ? 0 : 1);
            Assert.False(pair.Client.TryRead(out _));
            Assert.Equal(ChannelField.LentPlace, pair.Client.Violation?.Field);
        }
    }

    [Fact]
    public void LentMessages_OneAfterTheOther_AllocateNothing()
    {
        using var pair = ChannelPair.Lending();
        byte[] message = Payload.Of(4 * Unit, 0);
        for (int i = 0; i < 10; i++)
            pair.Server.Release(pair.Pass(message));

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++)
            pair.Server.Release(pair.Pass(message));

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 9)]
    [InlineData(1, 10)]
    [InlineData(10, 10)]
    [InlineData(50, 50)]
    public void Frame_ThatLendsWhatItMay_IsTaken(uint first, uint end) => Assert.Null(Reopen(first, end));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 11)]
    [InlineData(1, uint.MaxValue)]
    [InlineData(2, 1)]
    [InlineData(uint.MaxValue, 0)]
    [InlineData(11, 12)]
    public void Frame_ThatLendsWhatItHasNot_IsRefused(uint first, uint end) => Assert.Equal(ChannelField.LentMemory, Reopen(first, end));

    [Theory]
    [InlineData(0, Unit)]
    [InlineData(10, 1)]
    [InlineData(255, 1)]
    [InlineData(9, Unit + 1)]
    [InlineData(1, (9 * Unit) + 1)]
    [InlineData(1, LentPlace.MaxLength)]
    [InlineData(1, 0)]
    public void Place_OutsideWhatIsLent_IsFound(uint unit, int length)
    {
        using var pair = ChannelPair.Lending();
        PutLent(pair, new LentPlace(1, unit, length));

        Require(pair, ChannelField.LentPlace);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(9)]
    [InlineData(56)]
    public void Record_OfALentMessageThatIsNoPlace_IsFound(int length)
    {
        using var pair = ChannelPair.Lending();
        PutLent(pair, new LentPlace(1, 1, 1), length);

        Require(pair, ChannelField.LentPlace);
    }

    [Fact]
    public void Message_LongerThanThisSideTakes_IsFound()
    {
        using var pair = ChannelPair.Lending(maxMessageBytes: 100_000);
        PutLent(pair, new LentPlace(1, 1, 100_001));

        Require(pair, ChannelField.MessageLength);
    }

    [Theory]
    [InlineData(2, 1, ChannelField.LentPlace)]
    [InlineData(3, 1, ChannelField.LentPlace)]
    [InlineData(1, Unit + 1, ChannelField.LentPlace)]
    [InlineData(1, Unit, ChannelField.None)]
    [InlineData(4, Unit, ChannelField.None)]
    public void Place_WhereAnotherMessageIsKept_IsFound(uint unit, int length, ChannelField field)
    {
        using var pair = ChannelPair.Lending();
        PutLent(pair, new LentPlace(1, 2, 2 * Unit));
        Assert.True(pair.Server.TryRead(out ChannelMessage kept));
        PutLent(pair, new LentPlace(1, unit, length), line: 1);

        Assert.Equal(field == ChannelField.None, pair.Server.TryRead(out _));
        Assert.Equal(field, pair.Server.Violation?.Field ?? ChannelField.None);
        // Of a channel that is closed, too.
        pair.Server.Release(kept);
    }

    [Fact]
    public void Reply_ThatIsLentPastTheRules_LeavesItsCallOpen()
    {
        using var pair = ChannelPair.Lending();
        pair.Server.Calls.TryOpen(new CallWaiter(this), out uint id);
        PutLent(pair, new LentPlace(1, 99, 1), kind: RecordKind.Reply, id: id);

        Require(pair, ChannelField.LentPlace);
        Assert.True(pair.Server.Calls.IsOutstanding(id));
    }

    [Fact]
    public void Place_ChangedAfterItWasRead_ChangesNothing()
    {
        using var pair = ChannelPair.Lending();
        PutLent(pair, new LentPlace(7, 2, Unit));
        Assert.True(pair.Server.TryRead(out ChannelMessage message));
        PutLent(pair, new LentPlace(8, 200, LentPlace.MaxLength));

        Assert.Equal(Unit, message.Payload.Length);
        pair.Server.Release(message);
        Assert.Equal(7u, (&pair.ServerFrame.Owner->Returned)[2]);
    }

    [Fact]
    public void GiveBack_OfWhatIsNotLent_ChangesNothing()
    {
        using var pair = ChannelPair.Lending();
        ChannelMessage kept = pair.Pass(Payload.Of(2 * Unit, 1));
        // Of no loan, of the units behind the first, of later loans.
        for (int unit = 0; unit < ChannelFrame.MaxUnits; unit++)
            (&pair.ServerFrame.Owner->Returned)[unit] = unit == 1 ? 2u : 1u;

        Assert.Equal(WriteOutcome.InParts, pair.Client.TryReserve(8 * Unit, out _));
        Assert.Equal(2, Lent.Units(pair.Client));
        pair.Server.Release(kept);
        Assert.Equal(WriteOutcome.Done, pair.Client.TryReserve(9 * Unit, out _));
        Assert.Equal(0, Lent.Units(pair.Client));
        pair.AssertInvariants();
    }

    [Fact]
    public void Peer_ThatGivesBackAnyhow_IsNeverLentAPlaceTwice()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using var pair = ChannelPair.Lending();
        byte[] message = new byte[5 * Unit];
        for (int i = 0; i < 20_000; i++)
        {
            if (pair.Client.TryWrite(RecordKind.Send, 0, 0, message.AsSpan(0, random.Next(message.Length))) is WriteOutcome.Full or WriteOutcome.InParts)
                pair.ServerFrame.Owner->Consumer = pair.Client.Counters.LinesWritten;
            pair.Client.Flush();
            (&pair.ServerFrame.Owner->Returned)[random.Next(12)] = (uint)random.Next(i + 1);
            pair.AssertInvariants();
        }
    }

    private static void PutLent(
        ChannelPair pair, LentPlace place, int length = LentPlace.Size, int line = 0, RecordKind kind = RecordKind.Send, uint id = 0)
    {
        MemoryMarshal.Write(pair.ClientFrame.Line(line)[RecordHeader.Size..], place.Raw);
        pair.ClientFrame.Put(new RecordHeader(kind, RecordPart.Lent, id, 0, length), line);
    }

    private static uint Call(ChannelPair pair, byte[] payload)
    {
        Assert.True(pair.Client.Calls.TryOpen(new CallWaiter(pair), out uint id));
        Assert.Equal(WriteOutcome.Done, pair.Client.TryWrite(RecordKind.Call, id, 0, payload));
        pair.Client.Flush();
        return id;
    }

    private static void PutReturned(ChannelPair pair, uint id, LentPlace place, int length = LentPlace.Size, int line = 0)
    {
        MemoryMarshal.Write(pair.ServerFrame.Line(line)[RecordHeader.Size..], place.Raw);
        pair.ServerFrame.Put(new RecordHeader(RecordKind.Reply, RecordPart.Returned, id, 0, length), line);
    }

    private static void Require(ChannelPair pair, ChannelField field)
    {
        Assert.False(pair.Server.TryRead(out _));
        Assert.Equal((field, ChannelState.Violated), (pair.Server.Violation?.Field ?? ChannelField.None, pair.Server.State));
    }

    private static ChannelField? Reopen(uint first, uint end)
    {
        using var pair = ChannelPair.Lending();
        pair.ClientFrame.Owner->FirstUnit = first;
        pair.ClientFrame.Owner->EndUnit = end;
        using ChannelEnd? again = ChannelEnd.TryOpen(
            pair.ServerFrame.Owner, pair.ClientFrame.Peer, pair.ClientFrame.Length, pair.ClientBell, new ChannelOptions(), out ProtocolViolation? violation);
        return violation?.Field;
    }
}
