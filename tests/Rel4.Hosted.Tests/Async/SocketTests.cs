using Rel4.Hosted.Sandbox;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Can an executor look after sockets and channels at once?</summary>
[Collection(nameof(OneKernel))]
public sealed class SocketTests
{
    [Fact]
    public async Task Sockets_OfManyClientsThatAreForwarded_GetEachItsAnswers() =>
        Assert.Equal(["32 clients"], await RunAsync(SocketPrograms.ForwardOfMany));

    [Fact]
    public async Task Send_OfMoreThanThePeerTakesAtOnce_WaitsAndSendsAll() =>
        Assert.Equal(["True"], await RunAsync(SocketPrograms.EchoToASlowReader));

    [Fact]
    public async Task Receive_AfterThePeersEnd_GivesWhatItSentThenItsEnd() =>
        Assert.Equal(["3 0 0", "3", "SocketException", "SocketException"], await RunAsync(SocketPrograms.SeeTheEnd));

    [Fact]
    public async Task Receive_FromAPeerThatSendsWithoutEnd_KeepsNobodyElseWaiting() =>
        Assert.Equal(["True True"], await RunAsync(SocketPrograms.ServeBesideAFlood));

    [Fact]
    public async Task Receive_FromAPeerThatSentMuchAndEnded_KeepsNobodyElseWaiting() =>
        Assert.Equal(["True"], await RunAsync(SocketPrograms.ServeBesideWhatIsLeft));

    [Fact]
    public async Task Socket_UsedWrongly_ThrowsAndLosesNothing() =>
        Assert.Equal(
            [
                "InvalidOperationException", "InvalidOperationException", "ArgumentOutOfRangeException", "OperationCanceledException", "1",
                "ObjectDisposedException", "ObjectDisposedException",
            ],
            await RunAsync(SocketPrograms.UseWrongly));

    [Fact]
    public async Task Sockets_ThatGoWhileNewsOfThemIsUnderWay_DisturbNoOthers() =>
        Assert.Equal(["100"], await RunAsync(SocketPrograms.ComeAndGo));

    [Fact]
    public async Task Sockets_OfAMobThatMisbehaves_KeepNobodyElseWaitingAndLeaveNothing() =>
        Assert.Equal(["True True True True True"], await RunAsync(SocketPrograms.ServeBesideAMob));

    private static Task<IReadOnlyList<string>> RunAsync(Action client)
    {
        var composition = new AsyncComposition(Service.Run);
        composition.AddClient(client).Sandbox(new SandboxPolicy { Sockets = SocketAccess.Internet });
        return AsyncSystem.RunAsync(composition.Builder, TimeSpan.FromSeconds(60));
    }
}
