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
    public async Task Client_ThatDiesWhileAReplyWaitsForRoomAndAMessageForMemory_LeavesTheServerAtRest()
    {
        var composition = new AsyncComposition(ClosingPrograms.ReplyLate);
        composition.LetSignal(composition.AddClient(ClosingPrograms.DieWithBothWaiting), ClosingPrograms.Filled, composition.Server);
        composition.AddClient(ClosingPrograms.SeeWhetherItRests);

        Assert.Equal(["rests"], await AsyncSystem.RunAsync(composition.Builder));
    }

    [Fact]
    public async Task Message_ThatIsGivenUpWhileItWaitsForRoom_LeavesItsSenderAtRest()
    {
        var composition = new AsyncComposition(ClosingPrograms.DrainLate);
        TaskBuilder client = composition.AddClient(ClosingPrograms.GiveUp);
        composition.LetSignal(client, ClosingPrograms.Filled, composition.Server);
        composition.LetSignal(composition.Server, ClosingPrograms.Drained, client);

        Assert.Equal(["given up", "rests"], await AsyncSystem.RunAsync(composition.Builder));
    }

    [Fact]
    public async Task Messages_TakenOutOfTheRingOfAColdChannel_GiveTheirClientRoom()
    {
        var composition = new AsyncComposition(ClosingPrograms.KeepLate);
        composition.LetSignal(composition.AddClient(ClosingPrograms.WaitForRoom), ClosingPrograms.Filled, composition.Server);

        Assert.Equal(["room"], await AsyncSystem.RunAsync(composition.Builder));
    }
}
