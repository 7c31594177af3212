using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Tests.Async;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Does a channel end, and its room come back, whatever of its client's the server has at that time?</summary>
[Collection(nameof(OneKernel))]
public sealed class ClosingTests
{
    [Fact]
    public async Task Channel_ClosedWhileRepliesWaitForRoom_Ends() => Assert.Equal(
        ["0 channels are open"], await AsyncSystem.RunAsync(AsyncSystem.Compose(ClosingPrograms.ServeWithLittle, ClosingPrograms.CloseWithRepliesWaiting)));

    [Fact]
    public async Task Channel_ClosedWhileAMessageWaitsForMemory_Ends() => Assert.Equal(
        ["0 channels are open"], await AsyncSystem.RunAsync(AsyncSystem.Compose(ClosingPrograms.ServeWithLittle, ClosingPrograms.CloseWithAMessageWaiting)));

    [Fact]
    public async Task Client_WhoseClosedChannelsHoldAllItsMemory_OpensNoMore() => Assert.Equal(
        ["3 channels, then NoRoom"], await AsyncSystem.RunAsync(AsyncSystem.Compose(ClosingPrograms.ServeWithLittle, ClosingPrograms.ReopenWithMessagesKept)));

    [Fact]
    public async Task Messages_TakenOutOfTheQueueOfAColdChannel_GiveTheirClientRoom()
    {
        var builder = new SystemBuilder();
        EndpointDefinition requests = builder.AddEndpoint(AsyncSystem.Requests);
        NotificationDefinition filled = builder.AddNotification(ClosingPrograms.Filled);
        builder.AddTask("server", ClosingPrograms.KeepLate).Grant(AsyncSystem.Requests, requests, AsyncSystem.Server)
            .Grant(ClosingPrograms.Filled, filled, CapRights.Read);
        builder.AddTask("client1", ClosingPrograms.WaitForRoom).Grant(AsyncSystem.Requests, requests, AsyncSystem.Client)
            .Grant(ClosingPrograms.Filled, filled, CapRights.Write, badge: 1);

        Assert.Equal(["room"], await AsyncSystem.RunAsync(builder));
    }
}
