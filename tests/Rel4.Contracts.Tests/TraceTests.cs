namespace Rel4.Contracts.Tests;

/// <summary>Do calls carry where they belong in a trace, and nothing where nobody traces?</summary>
[Collection(nameof(OneKernel))]
public sealed class TraceTests
{
    [Fact]
    public async Task Server_OfAClientThatTraces_BelongsToItsCall() => Assert.Equal(
        [
            "call: client True a=b Server True Tests.Traced/TellAsync rel4 Tests.Traced TellAsync",
            "stream: client True a=b Server True Tests.Traced/StreamAsync rel4 Tests.Traced StreamAsync",
            "callback: True a=b Server True Tests.Told/TellAsync rel4 Tests.Told TellAsync",
            "Error Rel4.Contracts.ContractException",
            "first",
            "Tests.Traced/FailingStreamAsync Error",
            "Tests.Traced/TellAsync Error True",
            "TellAsync Server Unset StreamAsync Server Unset TellAsync Client Unset CallBackAsync Server Unset FailAsync Server Error FailingStreamAsync Server Error in none",
            "True",
        ],
        await ContractSystem.RunAsync(TracePrograms.Serve, TracePrograms.Call));

    [Fact]
    public async Task Server_OfAClientThatDoesNot_BelongsToWhatItIsToldIfThatIsAContext() => Assert.Equal(
        [
            "within: outer True a=b Server True Tests.Traced/TellAsync rel4 Tests.Traced TellAsync",
            "without: 0000000000000000",
            "bytes: abababababababab 0",
            "no ids: 0000000000000000 0",
            "long: Malformed",
            "as long as may be: abababababababab 512",
            "cut: Malformed",
            "cut state: Malformed",
        ],
        await ContractSystem.RunAsync(TracePrograms.Serve, TracePrograms.CallWithoutListener));

    [Fact]
    public async Task Server_WithoutAListener_HasNoActivity() =>
        Assert.Equal(["none"], await ContractSystem.RunAsync(TracePrograms.ServeWithoutListener, TracePrograms.CallUntraced));

    [Fact]
    public async Task Message_OutsideOfATrace_IsNoLonger() =>
        Assert.Equal(["20", "47", "50", "47", "47", "20"], await ContractSystem.RunAsync(TracePrograms.ServeLengths, TracePrograms.Measure));
}
