using System.Runtime.InteropServices;
using Rel4.Abi;
using Rel4.Kernel;
using ThreadState = Rel4.Kernel.ThreadState;

namespace Rel4.Metal.Kernel;

/// <summary>Is everybody woken to whom something was posted, however many wait, and not all looked at at once?</summary>
[Collection(nameof(MachineWorld))]
public sealed unsafe class ParkedReceiverTests : IDisposable
{
    // More than twice as many as are looked at at a time.
    private const int Count = 135;
    private const int LooksAtOnce = 64;

    private readonly MachineWorld _world = new(hasContexts: false, hasUserInterrupts: true);
    private readonly byte* _threads = (byte*)NativeMemory.AlignedAlloc(Count << Limits.TcbBits, 1 << Limits.TcbBits);
    private readonly Notification* _notifications = (Notification*)NativeMemory.AllocZeroed(Count, (nuint)sizeof(Notification));

    public ParkedReceiverTests()
    {
        NativeMemory.Clear(_threads, Count << Limits.TcbBits);
        for (int i = 0; i < Count; i++)
        {
            ObjectFactory.MakeThread(_world.State, Tcb(i));
            MetalMachine.InitialiseThread(_world.State, Tcb(i));
            Assert.False(UserInterrupts<MetalMachine>.RegisterReceiver(_world.State, &_notifications[i], Tcb(i), default).IsGiven(out _));
            Signals<MetalMachine>.Wait(_world.State, Tcb(i), &_notifications[i], Blocking.Yes);
        }
    }

    public void Dispose()
    {
        _world.Dispose();
        NativeMemory.AlignedFree(_threads);
        NativeMemory.Free(_notifications);
    }

    [Fact]
    public void WakeWaiters_PostedToTheLast_GoesOnUntilItIsWoken()
    {
        Post(Count - 1);
        int looks = 1;
        UserInterruptController.WakeWaiters(_world.State);
        for (; LocalApic.Sent.Remove((byte)LocalApic.RescheduleVector); looks++)
        {
            Assert.True(IsWaiting(Count - 1));
            ProcessorState.Own->TakeReschedule();
            UserInterruptController.WakeMoreWaiters(_world.State);
        }

        Assert.Equal((Count + LooksAtOnce - 1) / LooksAtOnce, looks);
        Assert.False(IsWaiting(Count - 1));
        Assert.Equal(Count - 1, Waiting);
    }

    [Fact]
    public void WakeWaiters_PostedToOneThatWasLookedAt_BeginsAnew()
    {
        UserInterruptController.WakeWaiters(_world.State);
        Post(0);
        Post(LooksAtOnce);
        UserInterruptController.WakeWaiters(_world.State);
        Assert.Equal((true, false), (IsWaiting(0), IsWaiting(LooksAtOnce)));
        for (int i = 0; i < 2; i++)
            UserInterruptController.WakeMoreWaiters(_world.State);
        Assert.False(IsWaiting(0));
        Assert.Equal(Count - 2, Waiting);
    }

    [Fact]
    public void WakeWaiters_PostedToAll_WakesAll()
    {
        for (int i = 0; i < Count; i++)
            Post(i);
        UserInterruptController.WakeWaiters(_world.State);
        Assert.Equal(Count - LooksAtOnce, Waiting);
        UserInterruptController.WakeMoreWaiters(_world.State);
        UserInterruptController.WakeMoreWaiters(_world.State);
        Assert.Equal(0, Waiting);
        LocalApic.Sent.Clear();
        UserInterruptController.WakeMoreWaiters(_world.State);
        Assert.DoesNotContain((byte)LocalApic.RescheduleVector, LocalApic.Sent);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Count - 1)]
    public void WakeWaiters_OneLeftTheQueue_FindsTheOthers(int gone)
    {
        UserInterrupts<MetalMachine>.UnregisterReceiver(_world.State, Tcb(gone));
        for (int i = 0; i < Count; i++)
        {
            if (i != gone)
                Post(i);
        }

        UserInterruptController.WakeWaiters(_world.State);
        UserInterruptController.WakeMoreWaiters(_world.State);
        UserInterruptController.WakeMoreWaiters(_world.State);
        Assert.Equal(1, Waiting);
        Assert.True(IsWaiting(gone));
    }

    private int Waiting => Enumerable.Range(0, Count).Count(IsWaiting);

    private Tcb* Tcb(int i) => (Tcb*)(_threads + (i << Limits.TcbBits));

    private bool IsWaiting(int i) => Tcb(i)->State == ThreadState.BlockedOnNotification;

    private void Post(int i) => InterruptContext.Of(Tcb(i))->Posted.Post(1);
}
