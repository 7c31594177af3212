using System.Globalization;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Tests.Async;
using Rel4.Hosted.Tests.Hostile;

namespace Rel4.Hosted.Tests.Bounds;

/// <summary>Does the death of one leave the kernel to the others?</summary>
[Collection(nameof(OneKernel))]
public sealed class BurialTests(ITestOutputHelper output)
{
    /// <summary>The least part of the calls beforehand that a quarter of the windows falls below; measured are 0.8 and more.</summary>
    private const double LeastShare = 0.3;

    [Fact]
    public async Task Death_WithALargeCNode_LeavesOthersTheKernel()
    {
        var builder = new SystemBuilder();
        EndpointDefinition requests = builder.AddEndpoint(AsyncSystem.Requests);
        FrameDefinition board = builder.AddFrame(HostileBoard.Name);
        builder.AddTask("server", Service.Run).Grant(AsyncSystem.Requests, requests, AsyncSystem.Server);
        builder.AddTask("attacker", BurialPrograms.DieWithALargeCNode).Grant(HostileBoard.Name, board, CapRights.ReadWrite);
        builder.AddTask("client1", BurialPrograms.CountCalls).Grant(AsyncSystem.Requests, requests, AsyncSystem.Client)
            .Grant(HostileBoard.Name, board, CapRights.ReadWrite).StartAfter("attacker");

        string written = Assert.Single(await AsyncSystem.RunAsync(builder));

        output.WriteLine(written);
        int[] calls = [.. written.Split(' ').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
        Assert.InRange(calls[0], LeastShare * calls[1], double.MaxValue);
    }
}
