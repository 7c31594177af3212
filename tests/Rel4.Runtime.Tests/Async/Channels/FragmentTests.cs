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
    public void Transfers_SideBySide_AllArriveAndOneTooManyIsBusy()
    {
        using var pair = new ChannelPair(64 * 1024);
        var transfers = new MessageTransfer[ChannelFrame.MaxTransfers + 1];
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
        pair.ClientFrame.Publish(2);

        Assert.False(pair.Server.TryRead(out _));
        Assert.Equal(ChannelState.Open, pair.Server.State);
        Assert.InRange(pair.Server.ReassemblyBytes, 100, 1 << 20);
    }

    [Fact]
    public void Memory_BeyondTheLimit_ClosesTheChannel()
    {
        using var pair = new ChannelPair(options: new ChannelOptions { MaxReassemblyBytes = 5000 });
        var transfer = new MessageTransfer(RecordKind.Send, 0, 0);
        byte[] message = new byte[10_000];
        while (pair.Server.State == ChannelState.Open)
        {
            pair.Client.TryContinue(ref transfer, message);
            pair.Client.Flush();
            pair.Server.TryRead(out _);
            pair.Server.Flush();
            Assert.InRange(pair.Server.ReassemblyBytes, 0, 5000);
        }

        Assert.Equal(ChannelField.ReassemblyBytes, pair.Server.Violation!.Field);
        Assert.Equal(5000UL, pair.Server.Violation.Limit);
    }

    [Fact]
    public void LongMessages_OneAfterTheOther_AllocateNothing()
    {
        using var pair = new ChannelPair(64 * 1024);
        byte[] message = Payload.Of(1 << 20, 0);
        for (int i = 0; i < 10; i++)
            Move(pair, message);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++)
            Move(pair, message);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Move(ChannelPair pair, byte[] message)
    {
        var transfer = new MessageTransfer(RecordKind.Send, 0, 0);
        WriteOutcome outcome;
        do
        {
            outcome = pair.Client.TryContinue(ref transfer, message);
            pair.Client.Flush();
            if (pair.Server.TryRead(out ChannelMessage arrived))
                pair.Server.Release(arrived);
            pair.Server.Flush();
        }
        while (outcome != WriteOutcome.Done);
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
