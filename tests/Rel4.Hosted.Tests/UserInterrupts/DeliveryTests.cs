using Rel4.Abi;
using Rel4.Hosted.TaskSide;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.UserInterrupts;

/// <summary>Does a signal from user mode reach its receiver, wherever that is?</summary>
[Collection(nameof(OneKernel))]
public sealed class DeliveryTests : IDisposable
{
    private const ulong Bit3 = 1 << 3, Bit5 = 1 << 5, SeveralBits = 0x300;

    private readonly InProcessKernel _kernel = new();
    private readonly TaskOnThread _thread;
    private readonly ulong _notification;
    private readonly UserInterruptReceiver _receiver;
    private readonly StatusFile _status;

    public DeliveryTests()
    {
        _thread = _kernel.StartThread();
        _notification = _kernel.Make(ObjectType.Notification);
        _receiver = InProcessKernel.OpenReceiver(_notification, _thread.Tcb);
        _status = new StatusFile();
    }

    public void Dispose()
    {
        _status.Dispose();
        _kernel.Dispose();
        _receiver.Dispose();
    }

    [Fact]
    public void TryPost_ToARunningReceiver_IsTakenOnce()
    {
        using UserInterruptSender sender = Sender(Bit3);

        Assert.True(sender.TryPost());
        Assert.True(sender.TryPost());

        Assert.Equal(Bit3, _thread.Do(() => _receiver.Take()));
        Assert.Equal(0ul, _thread.Do(() => _receiver.Take()));
    }

    [Fact]
    public void TryPost_ToAParkedReceiver_WakesIt()
    {
        using UserInterruptSender sender = Sender(Bit3);
        Task<ulong> word = _thread.Begin(() => _receiver.Park(-1));
        Eventually.Holds(() => _status.IsParked, "the receiver parks");

        Assert.True(sender.TryPost());

        // It may have been woken by its new sender first.
        Assert.Equal(Bit3, Eventually.Ends(word) | _thread.Do(() => _receiver.Take()));
        Assert.False(_status.IsParked);
    }

    [Fact]
    public void TryPost_ToAReceiverThatWaitsInTheKernel_ReachesItThere()
    {
        using UserInterruptSender sender = Sender(Bit3);
        Task<ulong> word = BeginWait();

        Assert.True(sender.TryPost());

        Assert.Equal(Bit3, Eventually.Ends(word));
        Assert.False(_status.WaitsInKernel);
        Assert.Equal(0ul, _thread.Do(() => _receiver.Take()));
    }

    [Fact]
    public void TryPost_ToAThreadThatReceivesAndIsBound_ReachesItThere()
    {
        ulong endpoint = _kernel.Make(ObjectType.Endpoint);
        InProcessKernel.Check(SeL4.TCB_BindNotification(_thread.Tcb, _notification));
        using UserInterruptSender sender = Sender(Bit3);
        Task<ulong> word = _thread.Begin(() =>
        {
            SeL4.Recv(endpoint, out ulong badge);
            return badge;
        });
        Eventually.Holds(() => _status.WaitsInKernel, "the thread receives");

        Assert.True(sender.TryPost());

        Assert.Equal(Bit3, Eventually.Ends(word));
    }

    [Fact]
    public void TryPost_BeforeTheReceiverWaitsInTheKernel_IsDeliveredAtOnce()
    {
        using UserInterruptSender sender = Sender(Bit3);

        Assert.True(sender.TryPost());

        Assert.Equal(Bit3, _thread.Do(() => Wait()));
    }

    [Fact]
    public void RegisterReceiver_OfAThreadThatWaitsAlready_LetsPostsReachIt()
    {
        ulong notification = _kernel.Make(ObjectType.Notification);
        TaskOnThread thread = _kernel.StartThread();
        Task<ulong> word = thread.Begin(() =>
        {
            SeL4.Wait(notification, out ulong badge);
            return badge;
        });

        using UserInterruptReceiver receiver = InProcessKernel.OpenReceiver(notification, thread.Tcb);
        using UserInterruptSender sender = InProcessKernel.OpenSender(_kernel.Mint(notification, Bit5));

        // Nothing tells whether the thread waits by now; the post reaches it all the same.
        Assert.True(sender.TryPost());

        Assert.Equal(Bit5, Eventually.Ends(word));
    }

    [Fact]
    public void Signal_ToARunningReceiver_IsTakenWithWhatWasPosted()
    {
        using UserInterruptSender sender = Sender(Bit3);

        Assert.True(sender.TryPost());
        SeL4.Signal(_kernel.Mint(_notification, SeveralBits));

        Assert.Equal(Bit3 | SeveralBits, _thread.Do(() => _receiver.Take()));
    }

    [Fact]
    public void Signal_ToAParkedReceiver_WakesIt()
    {
        ulong several = _kernel.Mint(_notification, SeveralBits);
        Task<ulong> word = _thread.Begin(() => _receiver.Park(-1));
        Eventually.Holds(() => _status.IsParked, "the receiver parks");

        SeL4.Signal(several);

        Assert.Equal(SeveralBits, Eventually.Ends(word));
    }

    [Fact]
    public void Wait_AfterSignalsOfBothKinds_ReturnsAllInOneWord()
    {
        using UserInterruptSender third = Sender(Bit3), fifth = Sender(Bit5);

        Assert.True(third.TryPost());
        SeL4.Signal(_kernel.Mint(_notification, SeveralBits));
        Assert.True(fifth.TryPost());

        Assert.Equal(Bit3 | Bit5 | SeveralBits, _thread.Do(() => Wait()));
    }

    [Fact]
    public void Poll_WithoutASignal_ReturnsNothingAndForgetsNothing()
    {
        using UserInterruptSender sender = Sender(Bit3);

        Assert.Equal(0ul, _thread.Do(() => Poll()));
        Assert.True(sender.TryPost());
        Assert.Equal(Bit3, _thread.Do(() => Poll()));
        Assert.Equal(0ul, _thread.Do(() => Poll()));
    }

    [Fact]
    public void RegisterReceiver_OfASignalledNotification_MakesTheWordPending()
    {
        ulong notification = _kernel.Make(ObjectType.Notification);
        TaskOnThread thread = _kernel.StartThread();
        SeL4.Signal(_kernel.Mint(notification, SeveralBits));

        using UserInterruptReceiver receiver = InProcessKernel.OpenReceiver(notification, thread.Tcb);

        Assert.Equal(SeveralBits, thread.Do(() => receiver.Take()));
    }

    [Fact]
    public void UnregisterReceiver_WithPendingBits_PutsThemBackIntoTheNotification()
    {
        using UserInterruptSender sender = Sender(Bit3);
        Assert.True(sender.TryPost());
        SeL4.Signal(_kernel.Mint(_notification, SeveralBits));

        InProcessKernel.Check(SeL4.Notification_UnregisterReceiver(_notification));

        Assert.Equal(0ul, _thread.Do(() => _receiver.Take()));
        Assert.Equal(Bit3 | SeveralBits, _thread.Do(() => Poll()));
        Assert.False(sender.TryPost());
    }

    [Fact]
    public void Wake_OfAParkedReceiver_LetsItGoOnWithoutASignal()
    {
        Task<ulong> word = _thread.Begin(() => _receiver.Park(-1));
        Eventually.Holds(() => _status.IsParked, "the receiver parks");

        _receiver.Wake();

        Assert.Equal(0ul, Eventually.Ends(word));
    }

    [Fact]
    public void Park_WhenTheTimeHasPassed_ReturnsNothing() => Assert.Equal(0ul, _thread.Do(() => _receiver.Park(1)));

    [Fact]
    public void Park_WhenTheReceiverIsUnregistered_ReturnsAndTheReceiverIsClosed()
    {
        Task<ulong> word = _thread.Begin(() => _receiver.Park(-1));
        Eventually.Holds(() => _status.IsParked, "the receiver parks");

        InProcessKernel.Check(SeL4.Notification_UnregisterReceiver(_notification));

        Assert.Equal(0ul, Eventually.Ends(word));
        Assert.True(_receiver.IsClosed);
    }

    [Fact]
    public void Park_WhenTheKernelEnds_ReturnsAndTheReceiverIsClosed()
    {
        Task<ulong> word = _thread.Begin(() => _receiver.Park(-1));
        Eventually.Holds(() => _status.IsParked, "the receiver parks");

        _kernel.End();

        Assert.Equal(0ul, Eventually.Ends(word));
        Assert.True(_receiver.IsClosed);
    }

    private UserInterruptSender Sender(ulong badge) => InProcessKernel.OpenSender(_kernel.Mint(_notification, badge));

    private Task<ulong> BeginWait()
    {
        Task<ulong> word = _thread.Begin(Wait);
        Eventually.Holds(() => _status.WaitsInKernel, "the thread waits");
        return word;
    }

    private ulong Wait()
    {
        SeL4.Wait(_notification, out ulong word);
        return word;
    }

    private ulong Poll()
    {
        SeL4.Poll(_notification, out ulong word);
        return word;
    }
}
