namespace Rel4.Repository.Tests;

/// <summary>Checks the parking protocols in <c>spec/protocols</c>: no wake-up is lost.</summary>
public sealed class ProtocolModelTests
{
    [Theory]
    [InlineData("channel")]
    [InlineData("unotification")]
    [InlineData("reclaim")]
    public void Search_OfAModel_FindsNothing(string model)
    {
        SpinVerdict verdict = Spin.Check(model, mutant: null, assertionsOnly: false, TestContext.Current.CancellationToken);

        Assert.True(verdict.Error is null && verdict.IsExhaustive, verdict.Output);
        Assert.Empty(verdict.Unreached);
    }
}
