using System.Diagnostics;
using Rel4.Abi;
using Rel4.Hosted.Linux;
using Rel4.Hosted.TaskSide;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.UserInterrupts;

/// <summary>Does an executor that parks wake up for all that it must, and for nothing else for ever?</summary>
/// <remarks>The receivers are registered for threads that never run.</remarks>
[Collection(nameof(OneKernel))]
public sealed class ParkingTests : IDisposable
{
    private const ulong Bit3 = 1 << 3, Bit5 = 1 << 5, PeersEnded = 1ul << Doorbells.PeersEnded;

    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(20);

    private readonly InProcessKernel _kernel = new();
    private readonly ulong _notification;
    private readonly UserInterruptReceiver _receiver;
    private readonly UserInterruptParking _parking;

    public ParkingTests()
    {
        (_notification, _receiver) = OpenReceiver();
        _parking = new UserInterruptParking(_receiver, Affinity.Get(0));
    }

    public void Dispose()
    {
        _parking.Dispose();
        _kernel.Dispose();
        _receiver.Dispose();
    }

    [Fact]
    public void Sleep_AfterPost_ReturnsAndTheBitIsTakenOnce()
    {
        using UserInterruptSender sender = Sender(_notification, Bit3);
        Settle();

        _parking.PreparePark();
        Assert.True(sender.TryPost());
        _parking.Sleep(Timeout.InfiniteTimeSpan);
        _parking.EndPark();

        Assert.Equal(Bit3, _parking.TakeDoorbells());
        Assert.Equal(0ul, _parking.TakeDoorbells());
    }

    [Fact]
    public async Task Sleep_UntilASignalThroughTheKernel_Returns()
    {
        Settle();
        TaskOnThread other = _kernel.StartThread();
        ulong several = _kernel.Mint(_notification, Bit3 | Bit5);

        _parking.PreparePark();
        Task<bool> signal = other.Begin(() =>
        {
            SeL4.Signal(several);
            return true;
        });
        _parking.Sleep(Timeout.InfiniteTimeSpan);
        _parking.EndPark();

        Assert.Equal(Bit3 | Bit5, _parking.TakeDoorbells());
        await signal;
    }

    [Fact]
    public void PreparePark_AfterAPostToTheRunningExecutor_LetsAllPostsBeSeen()
    {
        UserInterruptSender[] senders = [.. Enumerable.Range(0, 64).Select(vector => Sender(_notification, 1ul << vector))];
        Settle();
        foreach (UserInterruptSender sender in senders)
            Assert.True(sender.TryPost());

        _parking.PreparePark();
        ulong seen = _parking.TakeDoorbells();
        _parking.EndPark();

        Assert.Equal(ulong.MaxValue, seen);
        Array.ForEach(senders, sender => sender.Dispose());
    }

    [Fact]
    public void TakeDoorbells_OfManySendersWhileRunning_FindsEachPostOnceWithinARound()
    {
        const int Count = 64, PerTurn = 16;
        UserInterruptSender[] senders = [.. Enumerable.Range(0, Count).Select(vector => Sender(_notification, 1ul << vector))];
        Settle();
        for (int posted = 0; posted < Count; posted++)
        {
            Assert.True(senders[posted].TryPost());
            int found = 0;
            for (int turn = 0; turn < Count / PerTurn; turn++)
            {
                ulong bits = _parking.TakeDoorbells();
                Assert.True(bits is 0 || bits == 1ul << posted);
                found += bits == 0 ? 0 : 1;
            }

            Assert.Equal(1, found);
        }

        Array.ForEach(senders, sender => sender.Dispose());
    }

    [Fact]
    public void Sleep_AfterWakeSincePreparePark_ReturnsAtOnce()
    {
        Settle();

        _parking.PreparePark();
        var waker = new Thread(_parking.Wake);
        waker.Start();
        waker.Join();
        _parking.Sleep(Timeout.InfiniteTimeSpan);
        _parking.EndPark();

        Assert.Equal(0ul, _parking.TakeDoorbells());
    }

    [Fact]
    public void Wake_OfARunningExecutor_DoesNotEndItsNextSleep()
    {
        Settle();
        _parking.Wake();

        AssertSleeps();
    }

    [Fact]
    public void Sleep_WithAnotherReceiver_ReturnsForItsPostsAndTellsIt()
    {
        (ulong notification, UserInterruptReceiver other) = OpenReceiver();
        ulong arrived = 0;
        other.Arrived = bits => arrived |= bits;
        _parking.Add(other);
        using UserInterruptSender sender = Sender(notification, Bit5);
        Settle();

        _parking.PreparePark();
        Assert.True(sender.TryPost());
        _parking.Sleep(Timeout.InfiniteTimeSpan);
        _parking.EndPark();

        Assert.Equal(0ul, _parking.TakeDoorbells());
        Assert.Equal(Bit5, arrived);
        AssertSleeps();

        _parking.Remove(other);
        Assert.True(sender.TryPost());
        AssertSleeps();
        other.Dispose();
    }

    [Fact]
    public void Add_OfMoreReceiversThanATurnLooksAt_FindsTheirPostsWithinARound()
    {
        const int Count = 40, PerTurn = 16;
        int arrived = 0;
        var others = new List<UserInterruptReceiver>();
        var senders = new List<UserInterruptSender>();
        for (int i = 0; i < Count; i++)
        {
            (ulong notification, UserInterruptReceiver other) = OpenReceiver();
            other.Arrived = _ => arrived++;
            others.Add(other);
            senders.Add(Sender(notification, Bit3));
            _parking.Add(other);
        }

        Settle();
        foreach (UserInterruptSender sender in senders)
            Assert.True(sender.TryPost());

        for (int turn = 0; turn <= Count / PerTurn; turn++)
            _ = _parking.TakeDoorbells();

        Assert.Equal(Count, arrived);
        senders.ForEach(sender => sender.Dispose());
        foreach (UserInterruptReceiver other in others)
        {
            _parking.Remove(other);
            other.Dispose();
        }
    }

    [Fact]
    public async Task Sleep_WhenASenderIsClosed_ReturnsAndTellsSo()
    {
        (ulong notification, UserInterruptReceiver peer) = OpenReceiver();
        ulong capability = _kernel.Mint(notification, Bit3);
        using UserInterruptSender sender = InProcessKernel.OpenSender(capability);
        uint before = _receiver.SendersClosed;
        TaskOnThread other = _kernel.StartThread();
        Settle();

        _parking.PreparePark();
        Task<bool> revoke = other.Begin(() =>
        {
            InProcessKernel.Revoke(notification);
            return true;
        });
        _parking.Sleep(Timeout.InfiniteTimeSpan);
        _parking.EndPark();

        Assert.Equal(PeersEnded, _parking.TakeDoorbells());
        Assert.Equal(before + 1, _receiver.SendersClosed);
        Assert.True(sender.IsClosed);
        await revoke;
        peer.Dispose();
    }

    [Fact]
    public void TakeDoorbells_AfterASenderWasClosedWhileItRan_TellsSoOnce()
    {
        (ulong notification, UserInterruptReceiver peer) = OpenReceiver();
        using UserInterruptSender sender = Sender(notification, Bit3);
        uint before = _receiver.SendersClosed;
        Settle();
        InProcessKernel.Revoke(notification);
        Eventually.Holds(() => _receiver.SendersClosed != before, "the kernel tells of the closed sender");

        _parking.PreparePark();
        Assert.Equal(PeersEnded, _parking.TakeDoorbells());
        _parking.EndPark();

        Assert.Equal(0ul, _parking.TakeDoorbells());
        AssertSleeps();
        peer.Dispose();
    }

    [Fact]
    public void Sleep_WhenTheKernelEnds_ReturnsAndTellsSoAndSleepsAgainAfterThat()
    {
        using UserInterruptSender sender = Sender(_notification, Bit3);
        Settle();

        _parking.PreparePark();
        _kernel.End();
        _parking.Sleep(Timeout.InfiniteTimeSpan);
        _parking.EndPark();

        Assert.Equal(PeersEnded, _parking.TakeDoorbells());
        Assert.True(_receiver.IsClosed);
        Assert.True(sender.IsClosed);
        Settle();
        AssertSleeps();
    }

    [Fact]
    public void WakeUpCost_AsMeasured_IsThatOfAThread() =>
        Assert.InRange(_parking.WakeUpCost, TimeSpan.FromMicroseconds(2), TimeSpan.FromMicroseconds(200));

    /// <summary>Lets the parking take note of all that has happened so far.</summary>
    private void Settle()
    {
        long start;
        do
        {
            start = Stopwatch.GetTimestamp();
            _parking.PreparePark();
            _ = _parking.TakeDoorbells();
            _parking.Sleep(s_short);
            _parking.EndPark();
            _ = _parking.TakeDoorbells();
        }
        while (Stopwatch.GetElapsedTime(start) < s_short);
    }

    private void AssertSleeps()
    {
        long start = Stopwatch.GetTimestamp();
        _parking.PreparePark();
        _parking.Sleep(s_short);
        _parking.EndPark();
        Assert.InRange(Stopwatch.GetElapsedTime(start), s_short, TimeSpan.MaxValue);
    }

    private (ulong Notification, UserInterruptReceiver Receiver) OpenReceiver()
    {
        ulong notification = _kernel.Make(ObjectType.Notification), tcb = _kernel.Make(ObjectType.Tcb);
        InProcessKernel.Check(SeL4.TCB_Configure(tcb, 0, RootSlot.CNode, 0, RootSlot.VSpace, 0, 0, 0));
        return (notification, InProcessKernel.OpenReceiver(notification, tcb));
    }

    private UserInterruptSender Sender(ulong notification, ulong badge) => InProcessKernel.OpenSender(_kernel.Mint(notification, badge));
}
