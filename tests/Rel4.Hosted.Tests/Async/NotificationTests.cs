using Rel4.Abi;
using Rel4.Hosted.Composition;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Does every kind of signal reach every kind of waiter?</summary>
[Collection(nameof(OneKernel))]
public sealed class NotificationTests
{
    [Fact]
    public async Task Signal_OfAnyKind_ReachesWhoeverWaits()
    {
        var builder = new SystemBuilder();
        NotificationDefinition forth = builder.AddNotification(NotificationPrograms.Forth), back = builder.AddNotification(NotificationPrograms.Back);
        builder.AddTask("client1", NotificationPrograms.Wait)
            .Grant(NotificationPrograms.Forth, forth, CapRights.Read).Grant(NotificationPrograms.Back, back, CapRights.Write, badge: 1);
        builder.AddTask("client2", NotificationPrograms.Signal)
            .Grant(NotificationPrograms.Forth, forth, CapRights.Write, badge: 4)
            .Grant(NotificationPrograms.Several, forth, CapRights.Write, badge: 24)
            .Grant(NotificationPrograms.Back, back, CapRights.Read);

        string[] expected = ["kernel: 4", "several bits: 24", "pool: 4", "waiters: 4 4 4", "poll: 0", "polled: 4", "signalled"];
        IReadOnlyList<string> written = await AsyncSystem.RunAsync(builder);
        Assert.Equal(expected.Order(), written.Order());
    }
}
