using System.Globalization;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Async;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Can code misuse a message that it received so that anybody else is harmed?</summary>
[Collection(nameof(OneKernel))]
public sealed class MessageTests
{
    [Fact]
    public async Task Requests_EndedTwiceOrElsewhereOrUsedAfterTheirEnd_HarmNoOtherCall()
    {
        IReadOnlyList<string> written = await AsyncSystem.RunAsync(AsyncSystem.Compose(MessagePrograms.Serve, MessagePrograms.Call));

        string[] expected =
        [
            "all came as they were sent",
            "reply twice: ObjectDisposedException",
            "payload after the end: ObjectDisposedException",
            "label after the end: ObjectDisposedException",
            "badge after the end: ObjectDisposedException",
            "no request: InvalidOperationException",
            "after the end: 0",
            "end inside of its reply: ObjectDisposedException",
            "ended inside: ReplyAbandonedException",
            "twice elsewhere: ObjectDisposedException",
            "twice: 0",
        ];
        Assert.Equal(expected.Order(), written.Order());
    }

    [Fact]
    public async Task Request_OfACoroutineThatFails_IsItsCallersFailureAtOnce() => Assert.Equal(
        ["answered 7", "told", "answered 9", "answered 7", "told"], await AsyncSystem.RunAsync(AsyncSystem.Compose(FailingPrograms.Serve, FailingPrograms.Call)));

    [Fact]
    public async Task Response_EndedTwice_SharesItsMemoryWithNoOther() => Assert.Equal(
        ["after the end: ObjectDisposedException", "label after the end: ObjectDisposedException", "no response: InvalidOperationException", "2 2 3 3"],
        await AsyncSystem.RunAsync(AsyncSystem.Compose(Service.Run, MessagePrograms.EndTwice)));

    [Fact]
    public async Task Payload_LookedAtAfterItsEnd_IsMemoryStill() => Assert.Equal(
        ["8388608 bytes are there"], await AsyncSystem.RunAsync(AsyncSystem.Compose(Service.Run, MessagePrograms.LookAfterTheEnd)));

    [Fact]
    public async Task Reply_WrittenInPart_HasNothingOfOthers()
    {
        var composition = new AsyncComposition(SecretPrograms.ReplyInPart);
        composition.LetSignal(composition.AddClient(SecretPrograms.Tell), SecretPrograms.Told, composition.AddClient(SecretPrograms.Ask));

        Assert.Equal(["0 replies have another's words (0)"], await AsyncSystem.RunAsync(composition.Builder));
    }

    [Fact]
    public async Task Request_LookedAtAfterItsReply_ShowsNothingOfOthers() => Assert.Equal(
        ["0 of 50 saw another's words"], await AsyncSystem.RunAsync(AsyncSystem.Compose(SecretPrograms.LookAfterTheReply, SecretPrograms.CallInTurn)));

    [Fact]
    public async Task Write_InsideOfAWriteInPlace_ComesBehindIt() => Assert.Equal(
        ["both came as they were sent"], await AsyncSystem.RunAsync(AsyncSystem.Compose(Service.Run, MessagePrograms.WriteInside)));

    [Fact]
    public async Task Messages_ThatAreKept_HoldBackNoOther()
    {
        IReadOnlyList<string> written = await AsyncSystem.RunAsync(AsyncSystem.Compose(Service.Run, MessagePrograms.CallPastWhatIsKept));

        Assert.Equal(["40 False 1", "server 1"], written);
    }

    [Fact]
    public async Task Responses_ThatAreForgotten_AreGivenBackAndReported()
    {
        var recorder = new Recorder();
        await using RunningSystem system = await AsyncSystem.StartAsync(AsyncSystem.Compose(Service.Run, MessagePrograms.ForgetResponses), recorder);
        await AsyncSystem.EndOfClientsAsync(system, recorder);

        int forgotten = int.Parse(recorder.Output.Single().Split(' ')[1], CultureInfo.InvariantCulture);
        Assert.InRange(forgotten, 2000, 3000);
        Assert.Contains(recorder.Of(OutputKind.Error), line => line.Task == "client1"
            && line.Text.StartsWith("reL4: a response of endpoint 'requests' was forgotten (label 0, 4000 bytes)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Request_ThatIsForgotten_FailsItsCallerAndIsReported()
    {
        var recorder = new Recorder();
        await using RunningSystem system = await AsyncSystem.StartAsync(AsyncSystem.Compose(MessagePrograms.Serve, MessagePrograms.BeForgotten), recorder);
        await AsyncSystem.EndOfClientsAsync(system, recorder);

        Assert.Equal(["forgotten: ReplyAbandonedException"], recorder.Output);
        Assert.Contains(recorder.Of(OutputKind.Error), line => line.Task == "server"
            && line.Text.StartsWith("reL4: a request of endpoint 'requests' was forgotten (label 2, 10 bytes): its caller, badge 1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Limit_RaisedAfterTheFirstCall_IsNotTheChannels()
    {
        IReadOnlyList<string> written = await AsyncSystem.RunAsync(AsyncSystem.Compose(Service.Run, MessagePrograms.RaiseLate));

        Assert.Equal(
            "late: A call through endpoint 'requests' was answered by 2097152 bytes, which is longer than the 1048576 bytes that this side takes, so the reply did not come. "
            + "The server has acted on the message. Ask for less at a time, or set ReL4.MemoryPerPeer here before the first call: an open channel keeps its limit.",
            written.Single());
    }

    [Fact]
    public async Task Reply_LongerThanItsCallerTakes_FailsTheCallerOnly()
    {
        IReadOnlyList<string> written = await AsyncSystem.RunAsync(AsyncSystem.Compose(Service.Run, MessagePrograms.TakeLittle));

        Assert.Matches("answered by 2097152 bytes, which is longer than the 1048576 bytes that this side takes.*ReL4.MemoryPerPeer", written[0]);
        Assert.Equal("refused 1", written[1]);
    }
}
