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
        var builder = new SystemBuilder();
        EndpointDefinition requests = builder.AddEndpoint(AsyncSystem.Requests);
        builder.AddTask("server", Service.Run).Grant(AsyncSystem.Requests, requests, AsyncSystem.Server)
            .Environment(SizePrograms.Longest, longest.ToString(CultureInfo.InvariantCulture));
        builder.AddTask("client", SizePrograms.CallWithAll).Grant(AsyncSystem.Requests, requests, AsyncSystem.Client)
            .Environment(SizePrograms.Longest, longest.ToString(CultureInfo.InvariantCulture));

        Assert.Equal(["25 sizes"], await AsyncSystem.RunAsync(builder));
    }
}
