using Rel4.Abi;
using Rel4.Hosted.Linux;
using Rel4.Hosted.TaskSide;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.UserInterrupts;

/// <summary>Does a process learn which of its senders reach nobody any more, whatever that is because of?</summary>
[Collection(nameof(OneKernel))]
public sealed class ClosedSenderTests : IDisposable
{
    private readonly InProcessKernel _kernel = new();
    private readonly TaskOnThread _peerThread, _ownThread;
    private readonly ulong _peer, _capability;
    private readonly UserInterruptReceiver _peerReceiver, _ownReceiver;
    private readonly UserInterruptSender _sender;

    public ClosedSenderTests()
    {
        (_peerThread, _ownThread) = (_kernel.StartThread(), _kernel.StartThread());
        _peer = _kernel.Make(ObjectType.Notification);
        _peerReceiver = InProcessKernel.OpenReceiver(_peer, _peerThread.Tcb);
        _ownReceiver = InProcessKernel.OpenReceiver(_kernel.Make(ObjectType.Notification), _ownThread.Tcb);
        _capability = _kernel.Mint(_peer, 1);
        _sender = InProcessKernel.OpenSender(_capability);
        Assert.False(_sender.IsClosed);
        Assert.Equal(0u, _ownReceiver.SendersClosed);
    }

    public void Dispose()
    {
        _kernel.Dispose();
        _sender.Dispose();
        _peerReceiver.Dispose();
        _ownReceiver.Dispose();
    }

    [Fact]
    public void Delete_OfTheCapability_IsTold() => AssertTold(() => _kernel.Delete(_capability));

    [Fact]
    public void Revoke_OfTheCapability_IsTold() => AssertTold(() => InProcessKernel.Revoke(_peer));

    [Fact]
    public void UnregisterSender_OfTheSender_IsTold() =>
        AssertTold(() => InProcessKernel.Check(SeL4.Notification_UnregisterSender(_capability)));

    [Fact]
    public void UnregisterReceiver_OfThePeer_IsTold() =>
        AssertTold(() => InProcessKernel.Check(SeL4.Notification_UnregisterReceiver(_peer)));

    [Fact]
    public void Death_OfThePeersThread_IsTold() => AssertTold(() => _kernel.Kill(_peerThread));

    [Fact]
    public void Death_OfAPeerThatManySendersReach_WakesAParkedReceiver()
    {
        UserInterruptSender[] more = [.. Enumerable.Range(1, 20).Select(i => InProcessKernel.OpenSender(_kernel.Mint(_peer, 1ul << i)))];
        Task<uint> told = _ownThread.Begin(ParkUntilTold);

        InProcessKernel.Check(SeL4.Notification_UnregisterReceiver(_peer));

        Assert.Equal((uint)more.Length + 1, Eventually.Ends(told));
        Assert.All(more, sender => Assert.True(sender.IsClosed));
        Array.ForEach(more, sender => sender.Dispose());
    }

    [Fact]
    public void RegisterReceiver_AfterSendersWereClosed_CountsOnFromThere()
    {
        _kernel.Delete(_capability);
        Eventually.Holds(() => _ownReceiver.SendersClosed == 1, "the kernel tells of the closed sender");
        using UserInterruptReceiver later = InProcessKernel.OpenReceiver(_kernel.Make(ObjectType.Notification), _kernel.StartThread().Tcb);
        ulong capability = _kernel.Mint(_peer, 1);
        using UserInterruptSender sender = InProcessKernel.OpenSender(capability);
        uint before = later.SendersClosed;
        Assert.Equal(1u, before);

        _kernel.Delete(capability);

        Eventually.Holds(() => later.SendersClosed == before + 1, "the later receiver is told, too");
    }

    private uint ParkUntilTold()
    {
        using var parking = new UserInterruptParking(_ownReceiver, Affinity.Get(0));
        while (_ownReceiver.SendersClosed == 0)
        {
            parking.PreparePark();
            if (parking.TakeDoorbells() == 0)
                parking.Sleep(Timeout.InfiniteTimeSpan);
            parking.EndPark();
        }

        return _ownReceiver.SendersClosed;
    }

    private void AssertTold(Action close)
    {
        close();

        Eventually.Holds(() => _ownReceiver.SendersClosed == 1, "the kernel tells of the closed sender");
        Assert.True(_sender.IsClosed);
    }
}
