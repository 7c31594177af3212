namespace Rel4.Repository.Tests;

/// <summary>Checks the protocols in <c>spec/protocols</c>: no wake-up is lost, and no message.</summary>
public sealed class ProtocolModelTests
{
    [Theory]
    [InlineData("channel")]
    [InlineData("leaving")]
    [InlineData("unotification")]
    [InlineData("reclaim")]
    [InlineData("lane")]
    [InlineData("lending")]
    [InlineData("upid")]
    [InlineData("remote")]
    [InlineData("batch")]
    [InlineData("bridge")]
    public void Search_OfAModel_FindsNothing(string model)
    {
        SpinVerdict verdict = Spin.Check(model, mutant: null, assertionsOnly: false, TestContext.Current.CancellationToken);

        Assert.True(verdict.Error is null && verdict.IsExhaustive, verdict.Output);
        Assert.Empty(verdict.Unreached);
    }
}
