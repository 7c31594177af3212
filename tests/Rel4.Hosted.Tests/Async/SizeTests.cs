using System.Globalization;
using Rel4.Hosted.Composition;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Do messages of any size arrive?</summary>
/// <remarks>With <c>REL4_SOAK_MINUTES</c> the longest has a GiB.</remarks>
[Collection(nameof(OneKernel))]
public sealed class SizeTests
{
    [Fact]
    public async Task Call_OfAnySize_ArrivesAsItWasSent()
    {
        int longest = Soak.Minutes > 0 ? 1 << 30 : 256 << 20;
        var composition = new AsyncComposition(Service.Run);
        foreach (TaskBuilder task in new[] { composition.Server, composition.AddClient(SizePrograms.CallWithAll) })
            task.Environment(SizePrograms.Longest, longest.ToString(CultureInfo.InvariantCulture));

        Assert.Equal(["31 sizes"], await AsyncSystem.RunAsync(composition.Builder));
    }

    [Fact]
    public async Task Memory_OfLongMessages_IsKeptForTheNextAndGivenBackInTheEnd() =>
        Assert.Equal(["kept, and given back"], await AsyncSystem.RunAsync(AsyncSystem.Compose(Service.Run, SizePrograms.Pause)));
}
