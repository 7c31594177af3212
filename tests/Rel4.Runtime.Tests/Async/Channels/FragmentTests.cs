using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime.Tests.Async.Channels;

/// <summary>Do long messages pass through short rings, beside others?</summary>
public sealed class FragmentTests
{
    [Fact]
    public void Message_Of64MiBThroughASmallRing_Arrives()
    {
        using var pair = new ChannelPair(64 * 1024);
        byte[] sent = new byte[64 << 20];
        Random.Shared.NextBytes(sent);

        byte[] received = Payload.Carry(pair.Client, pair.Server, sent);

        Assert.True(sent.AsSpan().SequenceEqual(received));
        Assert.Equal(0, pair.Server.ReassemblyBytes);
    }

    [Fact]
    public void SmallMessages_BetweenTheFragmentsOfALongOne_AllArriveInOrder()
    {
        using var pair = new ChannelPair();
        byte[] message = Payload.Of(20_000, 1);
        var transfer = new MessageTransfer(RecordKind.Call, 77, 9);
        int written = 0;
        int read = 0;
        bool isLongRead = false;
        WriteOutcome outcome = WriteOutcome.More;
        while (!isLongRead)
        {
            if (outcome != WriteOutcome.Done)
                outcome = pair.Client.TryContinue(ref transfer, message);
            if (pair.Client.TryWrite(RecordKind.Send, 0, (ushort)written, []) == WriteOutcome.Done)
                written++;
            pair.Client.Flush();
            while (pair.Server.TryRead(out ChannelMessage arrived))
            {
                if (arrived.Kind == RecordKind.Call)
                {
                    Assert.Equal((77u, (ushort)9), (arrived.Id, arrived.Label));
                    Assert.Equal(message, arrived.Payload.ToArray());
                    isLongRead = true;
                }
                else
                {
                    Assert.Equal(read++, arrived.Label);
                }

                pair.Server.Release(arrived);
            }

            pair.Server.Flush();
        }

        Assert.InRange(read, 10, written);
    }

    [Fact]
    public void Transfers_MoreThanOne_TakeTurnsOneMessageAfterTheOther()
    {
        const int Transfers = 5;
        using var pair = new ChannelPair(64 * 1024);
        var transfers = new MessageTransfer[Transfers];
        byte[][] messages = [.. transfers.Select((_, i) => Payload.Of(50_000 + i, i))];
        for (int i = 0; i < transfers.Length; i++)
            transfers[i] = new MessageTransfer(RecordKind.Send, 0, (ushort)i);

        var seen = new HashSet<int>();
        var done = new HashSet<int>();
        bool wasBusy = false;
        while (seen.Count < transfers.Length)
        {
            for (int i = 0; i < transfers.Length; i++)
            {
                if (done.Contains(i))
                    continue;
                WriteOutcome outcome = pair.Client.TryContinue(ref transfers[i], messages[i]);
                wasBusy |= outcome == WriteOutcome.Busy;
                if (outcome == WriteOutcome.Done)
                    done.Add(i);
                Drain(pair, messages, seen);
            }
        }

        Assert.True(wasBusy);
        Assert.Equal(0, pair.Server.ReassemblyBytes);
        Assert.Equal(0, pair.Server.Share.Used);
    }

    [Fact]
    public void Transfer_Abandoned_LeavesNothing()
    {
        using var pair = new ChannelPair();
        var transfer = new MessageTransfer(RecordKind.Send, 0, 0);
        byte[] message = Payload.Of(100_000, 0);
        Assert.Equal(WriteOutcome.More, pair.Client.TryContinue(ref transfer, message));
        pair.Client.Flush();
        Assert.False(pair.Server.TryRead(out _));
        Assert.NotEqual(0, pair.Server.ReassemblyBytes);

        Assert.Equal(WriteOutcome.Done, pair.Client.TryAbandon(ref transfer));
        pair.Client.Flush();

        Assert.False(pair.Server.TryRead(out _));
        Assert.Equal(ChannelState.Open, pair.Server.State);
        Assert.Equal(0, pair.Server.ReassemblyBytes);
        Assert.Equal(message, Payload.Carry(pair.Client, pair.Server, message));
    }

    [Fact]
    public void Message_LongerThanThePeerTakes_IsTooLong()
    {
        using var pair = new ChannelPair(options: new ChannelOptions { MaxMessageBytes = 10_000 });
        var fits = new MessageTransfer(RecordKind.Send, 0, 0);
        var doesNot = new MessageTransfer(RecordKind.Send, 0, 0);

        Assert.Equal(WriteOutcome.TooLong, pair.Client.TryContinue(ref doesNot, new byte[10_001]));
        Assert.Equal(WriteOutcome.More, pair.Client.TryContinue(ref fits, new byte[10_000]));
    }

    [Fact]
    public void Announcement_Of1GiB_TakesLittleMemoryUntilItComes()
    {
        using var pair = new ChannelPair();
        pair.ClientFrame.Begin(RecordKind.Send, total: 1UL << 30, length: 100);

        Assert.False(pair.Server.TryRead(out _));
        Assert.Equal(ChannelState.Open, pair.Server.State);
        Assert.InRange(pair.Server.ReassemblyBytes, 100, 1 << 20);
    }

    [Fact]
    public void Announcement_GivenUpBeforeAnyByteCame_LeavesNoBufferToKeep()
    {
        const int MoreThanAreKept = 5;
        using var pair = new ChannelPair();
        for (int i = 0; i < MoreThanAreKept; i++)
        {
            pair.ClientFrame.Begin(RecordKind.Send, total: 1000, length: sizeof(ulong), line: 2 * i);
            pair.ClientFrame.Put(new RecordHeader(RecordKind.Send, RecordPart.Last, 0, 0, 0), (2 * i) + 1);
        }

        Assert.False(pair.Server.TryRead(out _));
        Assert.Equal((2UL * MoreThanAreKept, ChannelState.Open), (pair.Server.LinesRead, pair.Server.State));
        Assert.Equal((false, 0L), (pair.Server.HasReleased, pair.Server.Share.Used));
    }

    [Fact]
    public void Announcement_BeyondTheShare_IsLeftInTheRingUntilMemoryIsGivenBack()
    {
        using var pair = new ChannelPair();
        pair.Server.Share = new MemoryShare(20_000);
        pair.Server.Share.Take(15_000);
        byte[] message = Payload.Of(10_000, 3);
        var transfer = new MessageTransfer(RecordKind.Send, 0, 0);
        while (pair.Client.TryContinue(ref transfer, message) == WriteOutcome.More)
        {
        }

        pair.Client.Flush();
        Assert.False(pair.Server.TryRead(out _));
        Assert.True(pair.Server.WaitsForMemory);
        Assert.Equal((MemoryShare.CostOf(15_000), 0L), (pair.Server.Share.Used, pair.Server.ReassemblyBytes));

        pair.Server.Share.GiveBack(15_000);
        Assert.False(pair.Server.TryRead(out _));
        Assert.False(pair.Server.WaitsForMemory);
        Assert.Equal(MemoryShare.CostOf(10_000), pair.Server.Share.Used);
        pair.AssertInvariants();
        // The rest comes as if nothing had been.
        byte[]? received = null;
        for (WriteOutcome outcome = WriteOutcome.More; received is null;)
        {
            pair.Server.Flush();
            if (outcome != WriteOutcome.Done)
                outcome = pair.Client.TryContinue(ref transfer, message);
            pair.Client.Flush();
            if (!pair.Server.TryRead(out ChannelMessage arrived))
                continue;
            received = arrived.Payload.ToArray();
            pair.Server.Release(arrived);
        }

        Assert.Equal(message, received);
        Assert.Equal(0, pair.Server.Share.Used);
    }

    [Fact]
    public void Message_LongerThanTheShare_ArrivesWhileNothingElseIsTaken()
    {
        using var pair = new ChannelPair();
        pair.Server.Share = new MemoryShare(5000);
        byte[] message = Payload.Of(10_000, 4);

        Assert.Equal(message, Payload.Carry(pair.Client, pair.Server, message));
    }

    [Fact]
    public void Reading_OfEndlessFragments_StopsAfterTheLinesThatAreAllowed()
    {
        const uint Allowed = 10;
        using var pair = new ChannelPair();
        pair.ClientFrame.Begin(RecordKind.Send, total: 1 << 20, length: 28);
        for (int i = 1; i < ChannelPair.SmallLines; i++)
            pair.ClientFrame.Put(new RecordHeader(RecordKind.Send, RecordPart.Middle, 0, 0, 1), i);

        pair.Server.AllowLines(Allowed);
        Assert.False(pair.Server.TryRead(out _));

        Assert.Equal(Allowed, pair.Server.LinesRead);
        Assert.False(pair.Server.MayRead);
        Assert.Equal(ChannelEvents.Readable, pair.Server.Poll());
    }

    [Fact]
    public void LongMessages_OneAfterTheOther_AllocateNothing()
    {
        using var pair = new ChannelPair(64 * 1024);
        byte[] message = Payload.Of(1 << 20, 0);
        for (int i = 0; i < 10; i++)
            pair.Server.Release(pair.Pass(message));

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++)
            pair.Server.Release(pair.Pass(message));

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Drain(ChannelPair pair, byte[][] messages, HashSet<int> seen)
    {
        pair.Client.Flush();
        while (pair.Server.TryRead(out ChannelMessage arrived))
        {
            Assert.True(seen.Add(arrived.Label));
            Assert.Equal(messages[arrived.Label], arrived.Payload.ToArray());
            pair.Server.Release(arrived);
        }

        pair.Server.Flush();
    }
}
