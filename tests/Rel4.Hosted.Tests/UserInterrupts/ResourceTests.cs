using Rel4.Abi;
using Rel4.Hosted.TaskSide;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.UserInterrupts;

/// <summary>Does nothing pile up, however often registrations come and go?</summary>
[Collection(nameof(OneKernel))]
public sealed class ResourceTests
{
    private const int WarmUp = 20, Cycles = 2000, Deaths = 200;

    [Fact]
    public void RegisterSender_AndDeleteAgainManyTimes_LeavesNothingBehind()
    {
        using var kernel = new InProcessKernel();
        ulong notification = kernel.Make(ObjectType.Notification);
        TaskOnThread thread = kernel.StartThread();
        using UserInterruptReceiver receiver = InProcessKernel.OpenReceiver(notification, thread.Tcb);

        AssertNothingPilesUp(Cycles, i =>
        {
            ulong capability = kernel.Mint(notification, 1);
            UserInterruptSender sender = InProcessKernel.OpenSender(capability);
            Assert.True(sender.TryPost());
            kernel.Delete(capability);
            Assert.False(sender.TryPost());
            sender.Dispose();
            if (i % 100 == 0)
                Eventually.Holds(() => TakeAll(thread, receiver), "the receiver forgets senders that are gone");
        });
    }

    [Fact]
    public void RegisterReceiver_AndUnregisterManyTimes_LeavesNothingBehind()
    {
        using var kernel = new InProcessKernel();
        ulong notification = kernel.Make(ObjectType.Notification), capability = kernel.Mint(notification, 1);
        TaskOnThread thread = kernel.StartThread();

        AssertNothingPilesUp(Cycles, _ =>
        {
            using UserInterruptReceiver receiver = InProcessKernel.OpenReceiver(notification, thread.Tcb);
            using UserInterruptSender sender = InProcessKernel.OpenSender(capability);
            InProcessKernel.Check(SeL4.Notification_UnregisterReceiver(notification));
        });
    }

    [Fact]
    public void Thread_ThatDiesWithRegistrationsManyTimes_LeavesNoneBehind()
    {
        using var kernel = new InProcessKernel();
        ulong notification = kernel.Make(ObjectType.Notification), own = kernel.Make(ObjectType.Notification);
        ulong capability = kernel.Mint(notification, 1), ownCapability = kernel.Mint(own, 1);
        TaskOnThread thread = kernel.StartThread();
        using UserInterruptReceiver receiver = InProcessKernel.OpenReceiver(notification, thread.Tcb);

        for (int i = 0; i < Deaths; i++)
        {
            TaskOnThread mortal = kernel.StartThread();
            using UserInterruptReceiver mortalReceiver = InProcessKernel.OpenReceiver(own, mortal.Tcb);
            using UserInterruptSender toMortal = InProcessKernel.OpenSender(ownCapability);
            using UserInterruptSender fromMortal = mortal.Do(() => InProcessKernel.OpenSender(capability));
            Assert.True(fromMortal.TryPost());
            Assert.True(toMortal.TryPost());

            kernel.Kill(mortal);

            Assert.False(fromMortal.TryPost());
            Assert.False(toMortal.TryPost());
            Assert.True(mortalReceiver.IsClosed);
        }

        Eventually.Holds(() => TakeAll(thread, receiver), "the receiver forgets senders that are gone");
        Assert.Single(ProcessResources.Find("rel4-receiver-status"));
        Assert.Empty(ProcessResources.Find("rel4-sender-outbox"));
    }

    private static bool TakeAll(TaskOnThread thread, UserInterruptReceiver receiver)
    {
        thread.Do(receiver.Take);
        return receiver.SenderCount == 0;
    }

    private static void AssertNothingPilesUp(int cycles, Action<int> cycle)
    {
        for (int i = 0; i <= WarmUp * 100; i += 100)
            cycle(i);
        int descriptors = ProcessResources.Descriptors, mappings = ProcessResources.SharedMappings;
        for (int i = 0; i <= cycles; i++)
            cycle(i);

        Eventually.Holds(
            () => ProcessResources.Descriptors <= descriptors && ProcessResources.SharedMappings <= mappings,
            "as many descriptors and mappings as before");
    }
}
