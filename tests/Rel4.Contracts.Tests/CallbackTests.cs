using System.Diagnostics;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.Contracts.Tests;

/// <summary>Does a server reach its clients' callbacks during a call, within bounds, and learn of their end?</summary>
[Collection(nameof(OneKernel))]
public sealed class CallbackTests
{
    private static readonly string[] s_answers = ["says 1024", "1024", "says 1", "1", "249500", "no callback"];

    [Fact]
    public async Task Callbacks_DuringACall_AreAnswered() => Assert.Equal(s_answers, await ContractSystem.RunAsync(CallbackPrograms.Serve, CallbackPrograms.Run));

    [Fact]
    public async Task Callbacks_FromTheThreadPool_AreAnswered() =>
        Assert.Equal(s_answers, await ContractSystem.RunAsync(CallbackPrograms.Serve, CallbackPrograms.RunFromThePool));

    [Fact]
    public async Task Callback_ThatFails_TellsTheServerNoMoreThanMeantAndTheClientAll() => Assert.Equal(
        ["ContractException 42 PeerFailed", "ContractFailedException 0 PeerFailed", "ContractFailedException 0 PeerFailed", "no such thing", "my own"],
        await ContractSystem.RunAsync(CallbackPrograms.Serve, CallbackPrograms.Fail));

    [Fact]
    public async Task Callbacks_BeyondWhatEitherSideTakes_AreRefused() =>
        Assert.Equal(["True 50 0 True", "True 20 0 3"], await ContractSystem.RunAsync(CallbackPrograms.Serve, CallbackPrograms.Bound));

    [Fact]
    public async Task Callbacks_OfACallThatIsCancelledLateOrOver_End() => Assert.Equal(
        ["cancelled cancelled", "cancelled", "cancelled", "late", "cancelled", "says kept", "CallEnded"],
        await ContractSystem.RunAsync(CallbackPrograms.Serve, CallbackPrograms.Cancel));

    [Fact]
    public async Task Death_OfAClient_EndsItsCallbacks()
    {
        var output = new Recorder();
        await using RunningSystem system = await ContractSystem.StartAsync(output, CallbackPrograms.Serve, CallbackPrograms.WaitForEver, CallbackPrograms.AwaitEnd);
        await output.WaitForAsync("is called");
        Process.GetProcessById(system["client0"].ProcessId!.Value).Kill();
        await output.WaitForAsync("ended: cancelled");
    }

    [Fact]
    public async Task Answers_ThatMakeNoSense_ReachNobodyAndTheServerServesOn() => Assert.Equal(
        [
            "unknown: 5", "surplus: Malformed", "a pull: Malformed", "told", "a second: Malformed", "its ask: 5", "end: 0",
            "right: done", "refused: Method", "another contract: Contract", "surplus: Malformed", "label: Malformed", "short: Malformed", "says kept",
        ],
        await ContractSystem.RunAsync(CallbackPrograms.Serve, HostilePrograms.AnswerWrongly));

    [Fact]
    public async Task Server_ThatKeepsToNoContract_GetsNoMoreThanItsClientGives() => Assert.Equal(
        ["1: TooMany", "2: Contract", "3: Contract", "4: Method", "5: Malformed", "6: 0", "1: 3", "over", "1024 items", "7"],
        await ContractSystem.RunAsync(HostilePrograms.ServeWrongly, HostilePrograms.CallAServerThatIsWrong));
}
