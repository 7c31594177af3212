using Rel4.Abi;
using Rel4.Hosted.TaskSide;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.UserInterrupts;

/// <summary>Does a sender reach nobody any more once what it was registered with is gone?</summary>
[Collection(nameof(OneKernel))]
public sealed class ReclaimTests : IDisposable
{
    private const ulong Bit3 = 1 << 3, Bit5 = 1 << 5;

    private readonly InProcessKernel _kernel = new();
    private readonly TaskOnThread _thread;
    private readonly ulong _notification;
    private readonly ulong _capability;
    private readonly UserInterruptReceiver _receiver;
    private UserInterruptSender _sender;

    public ReclaimTests()
    {
        _thread = _kernel.StartThread();
        _notification = _kernel.Make(ObjectType.Notification);
        _receiver = InProcessKernel.OpenReceiver(_notification, _thread.Tcb);
        _capability = _kernel.Mint(_notification, Bit3);
        _sender = InProcessKernel.OpenSender(_capability);
    }

    public void Dispose()
    {
        _kernel.Dispose();
        _sender.Dispose();
        _receiver.Dispose();
    }

    [Fact]
    public void TryPost_AfterItsCapabilityIsDeleted_FailsAndReachesNobody()
    {
        _kernel.Delete(_capability);

        AssertReachesNobody(_sender);
    }

    [Fact]
    public void TryPost_AfterItsCapabilityIsRevoked_FailsAndReachesNobody()
    {
        InProcessKernel.Revoke(_notification);

        AssertReachesNobody(_sender);
    }

    [Fact]
    public void TryPost_AfterItIsUnregistered_FailsAndReachesNobody()
    {
        InProcessKernel.Check(SeL4.Notification_UnregisterSender(_capability));

        AssertReachesNobody(_sender);
    }

    [Fact]
    public void TryPost_AfterTheNotificationDied_Fails()
    {
        InProcessKernel.Revoke(_notification);
        _kernel.Delete(_notification);

        AssertReachesNobody(_sender);
        Assert.True(_receiver.IsClosed);
    }

    [Fact]
    public void TryPost_AfterTheReceivingThreadDied_FailsAndTheNextReceiverGetsNothing()
    {
        TaskOnThread next = _kernel.StartThread();
        _kernel.Kill(_thread);
        using UserInterruptReceiver receiver = InProcessKernel.OpenReceiver(_notification, next.Tcb);

        Assert.False(_sender.TryPost());

        Assert.Equal(0ul, next.Do(receiver.Take));
    }

    [Fact]
    public void TryPost_AfterItsThreadDied_FailsAndReachesNobody()
    {
        TaskOnThread poster = _kernel.StartThread();
        ulong capability = _kernel.Mint(_notification, Bit5);
        UserInterruptSender sender = poster.Do(() => InProcessKernel.OpenSender(capability));
        _kernel.Kill(poster);

        AssertReachesNobody(sender);
        sender.Dispose();
    }

    [Fact]
    public void TryPost_WithAStaleHandleWhileTheReceiverWaitsInTheKernel_FailsAndReachesNobody()
    {
        using var status = new StatusFile();
        Task<ulong> word = _thread.Begin(() =>
        {
            SeL4.Wait(_notification, out ulong badge);
            return badge;
        });
        Eventually.Holds(() => status.WaitsInKernel, "the thread waits");
        _kernel.Delete(_capability);

        Assert.False(_sender.TryPost());
        Assert.Equal(Refused(), Deliver(_sender.Handle));

        SeL4.Signal(_kernel.Mint(_notification, Bit5));
        Assert.Equal(Bit5, Eventually.Ends(word));
    }

    [Fact]
    public void DeliverUserInterrupt_ByAnotherThreadOfTheSendersProcess_IsAccepted()
    {
        TaskOnThread other = _kernel.StartThread();

        Assert.Equal((TrapStatus.Completed, SeL4Error.NoError), other.Do(() => Deliver(_sender.Handle)));
    }

    [Fact]
    public void TryPost_ByAnotherThreadToAReceiverThatWaitsInTheKernel_ReachesItThere()
    {
        using var status = new StatusFile();
        Task<ulong> word = _thread.Begin(() =>
        {
            SeL4.Wait(_notification, out ulong badge);
            return badge;
        });
        Eventually.Holds(() => status.WaitsInKernel, "the thread waits");
        TaskOnThread other = _kernel.StartThread();

        Assert.True(other.Do(_sender.TryPost));

        Assert.Equal(Bit3, Eventually.Ends(word));
    }

    [Fact]
    public void TryRegister_OfACapabilityThatTheThreadHasASenderFor_SharesIt()
    {
        UserInterruptSender second = InProcessKernel.OpenSender(_capability);

        Assert.Equal(_sender.Handle.Raw, second.Handle.Raw);
        second.Dispose();
        Assert.True(_sender.TryPost());
        Assert.Equal(Bit3, _thread.Do(_receiver.Take));
    }

    [Fact]
    public void TryRegister_AfterAllHaveDisposedOfTheSender_MakesANewOne()
    {
        SenderHandle first = _sender.Handle;
        _sender.Dispose();

        _sender = InProcessKernel.OpenSender(_capability);

        Assert.NotEqual(first.Raw, _sender.Handle.Raw);
        Assert.True(_sender.TryPost());
        Assert.Equal(Bit3, _thread.Do(_receiver.Take));
    }

    [Fact]
    public void TryPost_BeforeItsCapabilityIsDeleted_IsTakenOnceAllTheSame()
    {
        Assert.True(_sender.TryPost());

        _kernel.Delete(_capability);

        Assert.Equal(Bit3, _thread.Do(_receiver.Take));
        Assert.Equal(0ul, _thread.Do(_receiver.Take));
        Assert.Equal(0, _receiver.SenderCount);
    }

    [Fact]
    public void RegisterSender_AfterAnIndexCameFree_ReusesItUnderANewGeneration()
    {
        Assert.True(_sender.TryPost());
        Assert.Equal(Bit3, _thread.Do(_receiver.Take));
        _kernel.Delete(_capability);
        using UserInterruptSender sender = InProcessKernel.OpenSender(_kernel.Mint(_notification, Bit5));

        Assert.Equal(_sender.Handle.Index, sender.Handle.Index);
        Assert.NotEqual(_sender.Handle.Generation, sender.Handle.Generation);
        AssertReachesNobody(_sender);
        Assert.True(sender.TryPost());
        Assert.Equal(Bit5, _thread.Do(_receiver.Take));
    }

    [Fact]
    public void RegisterSender_BeforeTheReceiverNoticedThatASlotCameFree_TakesNothingForTheNewSender()
    {
        // The receiver's thread has never looked: it still holds the old sender's outbox when the slot has the new one.
        Assert.True(_sender.TryPost());
        _kernel.Delete(_capability);
        using UserInterruptSender sender = InProcessKernel.OpenSender(_kernel.Mint(_notification, Bit5));

        Assert.Equal(Bit3, _thread.Do(_receiver.Take));
        Assert.False(_sender.TryPost());
        Assert.Equal(0ul, _thread.Do(_receiver.Take));
        Assert.True(sender.TryPost());
        Assert.Equal(Bit5, _thread.Do(_receiver.Take));
    }

    [Fact]
    public void RegisterReceiver_AfterAnIndexCameFree_HearsNothingOfTheOldOne()
    {
        InProcessKernel.Check(SeL4.Notification_UnregisterReceiver(_notification));
        using UserInterruptReceiver receiver = InProcessKernel.OpenReceiver(_notification, _thread.Tcb);
        using UserInterruptSender sender = InProcessKernel.OpenSender(_capability);

        Assert.False(_sender.TryPost());
        Assert.Equal(0ul, _thread.Do(receiver.Take));
        Assert.True(sender.TryPost());
        Assert.Equal(Bit3, _thread.Do(receiver.Take));
        Assert.Equal(0ul, _thread.Do(_receiver.Take));
    }

    private static (TrapStatus Status, SeL4Error Error) Refused() => (TrapStatus.Completed, SeL4Error.InvalidCapability);

    private static unsafe (TrapStatus Status, SeL4Error Error) Deliver(SenderHandle handle)
    {
        var frame = new TrapFrame { Number = HostedSyscall.DeliverUserInterrupt, Word0 = handle.Raw };
        CurrentTask.Trap(&frame);
        return (frame.Status, (SeL4Error)frame.Info.Label);
    }

    private void AssertReachesNobody(UserInterruptSender sender)
    {
        Assert.False(sender.TryPost());
        Assert.Equal(0ul, _thread.Do(_receiver.Take));
    }
}
