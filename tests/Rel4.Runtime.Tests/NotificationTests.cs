using Rel4.Abi;

namespace Rel4.Runtime.Tests;

/// <summary>Signals, waits, and registers U-notifications.</summary>
public sealed class NotificationTests : IDisposable
{
    private const ulong Bit3 = SimWorld.FreeSlot, Bit5 = SimWorld.FreeSlot + 1, TwoBits = SimWorld.FreeSlot + 2;
    private readonly SimWorld _world = new();
    private readonly NotificationCap _original;

    public NotificationTests()
    {
        _original = new NotificationCap(_world.Make(ObjectType.Notification));
        CapSlot source = _world.Root[_original.CPtr];
        _world.Root.Mint(source, Bit3, CapRights.Write, badge: 1 << 3);
        _world.Root.Mint(source, Bit5, CapRights.Write, badge: 1 << 5);
        _world.Root.Mint(source, TwoBits, CapRights.Write, badge: 3);
    }

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Wait_AfterTwoSignals_TakesBothBits()
    {
        new NotificationCap(Bit3).Signal();
        new NotificationCap(Bit5).Signal();

        Assert.Equal(0x28UL, _original.Wait());
        Assert.Equal(0UL, _original.Poll());
    }

    [Fact]
    public void Wait_BeforeASignal_BlocksUntilIt()
    {
        ulong word = 0;
        TcbCap thread = _world.MakeThread();
        SimThread waiter = _world.Start(thread, () => word = _original.Wait());
        _world.WaitUntilBlocked(thread);

        new NotificationCap(Bit3).Signal();
        waiter.Join();

        Assert.Equal(8UL, word);
    }

    [Fact]
    public void Registration_OfBothSides_GivesHandlesThatReachTheReceiver()
    {
        _original.RegisterReceiver(_world.RootThread);
        SenderHandle handle = new NotificationCap(Bit3).RegisterSender();

        Assert.True(Post(handle));
        Assert.Equal(8UL, _original.Poll());
        Assert.Equal(handle.Raw, new NotificationCap(Bit3).RegisterSender().Raw);

        new NotificationCap(Bit3).UnregisterSender();
        Assert.False(Post(handle));
        _original.UnregisterReceiver();
    }

    [Fact]
    public void RegisterReceiver_OutOfOrder_SaysWhatToDo()
    {
        // Sim numbers no receivers.
        Assert.Equal(0UL, _original.RegisterReceiver(_world.RootThread));
        Refusals.Says(
            $"Notification_RegisterReceiver on capability {_original.CPtr} failed with IllegalOperation: it is not a notification, or "
            + "the notification or the thread "
            + "has a receiver already, or another thread is bound to it or waits for it. Unregister first, or let the other thread go.",
            () => _original.RegisterReceiver(_world.RootThread));
        Refusals.Says(
            "Notification_RegisterReceiver on capability 64 failed with InvalidCapability: it is not a notification with the Read right, "
            + "or its slot is empty. "
            + "Invoke a notification with the Read right.",
            () => new NotificationCap(Bit3).RegisterReceiver(_world.RootThread));
        Refusals.Says(
            $"Notification_RegisterReceiver on capability {_original.CPtr} failed with InvalidCapability: a capability argument is of "
            + "the wrong kind: "
            + "the receiver must be a thread. Pass the address of another capability.",
            () => _original.RegisterReceiver(new TcbCap(RootSlot.CNode)));
    }

    [Fact]
    public void UnregisterReceiver_WithoutOne_SaysWhatToDo() => Refusals.Says(
        $"Notification_UnregisterReceiver on capability {_original.CPtr} failed with IllegalOperation: it is not a notification, "
        + "or the notification has no receiver. Register one first.",
        _original.UnregisterReceiver);

    [Fact]
    public void RegisterSender_ThatCantBe_SaysWhatToDo()
    {
        Refusals.Says(
            "Notification_RegisterSender on capability 64 failed with IllegalOperation: it is not a notification, or the notification "
            + "has no receiver. "
            + "Let the waiting side register one, or signal through the kernel (SeL4.Signal).",
            () => new NotificationCap(Bit3).RegisterSender());
        Refusals.Says(
            "Notification_RegisterSender on capability 66 failed with InvalidCapability: it is not a notification with the Write right "
            + "and a badge "
            + "of exactly one bit, which is the vector, or its slot is empty. "
            + "Invoke a notification with the Write right and a badge of exactly one bit, which is the vector.",
            () => new NotificationCap(TwoBits).RegisterSender());
    }

    [Fact]
    public void UnregisterSender_WithoutOne_SaysWhatToDo() => Refusals.Says(
        "Notification_UnregisterSender on capability 64 failed with IllegalOperation: it is not a notification, "
        + "or the calling thread has no sender made with this capability. Unregister on the thread, and with the capability, that "
        + "registered.",
        () => new NotificationCap(Bit3).UnregisterSender());

    private unsafe bool Post(SenderHandle handle) => _world.Kernel.Post(_world.Kernel.RootThread, handle);
}
