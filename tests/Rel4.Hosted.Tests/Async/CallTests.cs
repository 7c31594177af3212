namespace Rel4.Hosted.Tests.Async;

/// <summary>Do processes talk asynchronously as the interface says?</summary>
[Collection(nameof(OneKernel))]
public sealed class CallTests
{
    [Fact]
    public async Task Call_BetweenProcesses_IsAnswered() =>
        Assert.Equal(["label 7: hello"], await AsyncSystem.RunAsync(AsyncSystem.Compose(Programs.Echo, Programs.CallOnce)));
}
