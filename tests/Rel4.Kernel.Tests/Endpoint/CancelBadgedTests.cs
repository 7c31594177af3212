namespace Rel4.Kernel.Tests;

/// <summary>Whom does CancelBadgedSends send back?</summary>
public sealed unsafe class CancelBadgedTests
{
    [Fact]
    public void CancelBadgedSends_SenderOfThatBadgeNowReceives_GoesOnReceiving()
    {
        using var world = new World();
        StoryThread thread = world.Thread("thread");
        StoryObject endpoint = world.Endpoint();
        CPtr badged = world.Root.Given(endpoint, badge: 5), own = thread.Given(endpoint, badge: 5);
        thread.Send(own, 1);
        world.Root.Recv(endpoint);
        thread.Recv(own);
        world.Root.CNodeCancelBadgedSends(RootSlot.CNode, badged).Ok();
        thread.Is(ThreadState.BlockedOnReceive);
        world.Check();
    }

    [Fact]
    public void CancelBadgedSends_SeveralInARow_SendsAllOfThemBack()
    {
        using var world = new World();
        StoryObject endpoint = world.Endpoint();
        CPtr badged = world.Root.Given(endpoint, badge: 5);
        StoryThread[] threads = [.. Enumerable.Range(0, 4).Select(i => world.Thread($"thread {i}"))];
        for (int i = 0; i < threads.Length; i++)
            threads[i].Send(threads[i].Given(endpoint, badge: i == 1 ? 6UL : 5UL), 1);
        world.Root.CNodeCancelBadgedSends(RootSlot.CNode, badged).Ok();
        Assert.Equal(
            [ThreadState.Restart, ThreadState.BlockedOnSend, ThreadState.Restart, ThreadState.Restart], threads.Select(thread => thread.State));
        world.Check();
    }

    /// <summary>No system call makes such a capability.</summary>
    [Fact]
    public void CancelBadgedSends_NotificationWithAllRights_IsRefused()
    {
        using var world = new World();
        CPtr badged = world.Root.Given(world.Notification(), badge: 5);
        world.SlotOf(badged)->Cap.Word0 |= Capability.ToEndpoint(null).WithRights(CapRights.All).Word0 & (15UL << 55);
        world.Root.CNodeCancelBadgedSends(RootSlot.CNode, badged).Is(SeL4Error.IllegalOperation);
    }

    [Fact]
    public void CancelBadgedSends_Notification_IsRefused()
    {
        using var world = new World();
        CPtr badged = world.Root.Given(world.Notification(), badge: 5);
        world.Root.CNodeCancelBadgedSends(RootSlot.CNode, badged).Is(SeL4Error.IllegalOperation);
    }
}
