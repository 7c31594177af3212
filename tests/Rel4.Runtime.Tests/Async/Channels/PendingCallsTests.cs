using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime.Tests.Async.Channels;

/// <summary>Does every call get an id of its own, and every id its reply once?</summary>
public sealed class PendingCallsTests
{
    [Fact]
    public void Open_ManyAtOnce_GivesEachAnId()
    {
        var calls = new PendingCalls();
        var ids = new HashSet<uint>();
        for (int i = 0; i < 65536; i++)
        {
            Assert.True(calls.TryOpen(new CallWaiter(this), out uint id));
            Assert.InRange(id, 1u, RecordHeader.MaxId);
            Assert.True(ids.Add(id));
        }

        Assert.False(calls.TryOpen(new CallWaiter(this), out _));
        Assert.Equal(65536, calls.Count);
        foreach (uint id in ids)
            Assert.True(calls.TryComplete(id, out _));
        Assert.Equal(0, calls.Count);
        Assert.True(calls.TryOpen(new CallWaiter(this), out _));
    }

    [Fact]
    public void Open_AfterReplies_NeitherRepeatsTheIdNorAllocates()
    {
        var calls = new PendingCalls();
        calls.TryOpen(new CallWaiter(this), out uint last);
        long before = GC.GetAllocatedBytesForCurrentThread();
        int good = 0;
        for (int i = 0; i < 1000; i++)
        {
            bool isCompleted = calls.TryComplete(last, out CallWaiter waiter) && waiter.Target == this;
            if (isCompleted && calls.TryOpen(new CallWaiter(this), out uint next) && next != last && next != 0 && !calls.IsOutstanding(last))
                good++;
            last = (last & 0xFFFF) | ((last >> 16) == 255 ? 1u << 16 : (last & 0xFF0000) + (1 << 16));
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1000, good);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(0x1_0001u)]
    [InlineData(0x1_FFFFu)]
    [InlineData(0x2_0000u)]
    [InlineData(RecordHeader.MaxId)]
    [InlineData(uint.MaxValue)]
    public void Complete_OfAnIdThatWasNotGiven_Refuses(uint id)
    {
        var calls = new PendingCalls();
        calls.TryOpen(new CallWaiter(this), out _);

        Assert.False(calls.TryComplete(id, out _));
    }

    [Fact]
    public void TakeNext_UntilNoneIsLeft_FindsAllThatWait()
    {
        var calls = new PendingCalls();
        uint[] ids = new uint[100];
        for (int i = 0; i < ids.Length; i++)
            calls.TryOpen(new CallWaiter(this), out ids[i]);
        for (int i = 0; i < ids.Length; i += 3)
            calls.TryComplete(ids[i], out _);

        int cursor = 0;
        int taken = 0;
        while (calls.TryTakeNext(ref cursor, out CallWaiter waiter))
        {
            Assert.Same(this, waiter.Target);
            taken++;
        }

        Assert.Equal(66, taken);
        Assert.Equal(0, calls.Count);
    }
}
