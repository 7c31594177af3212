using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Is it said where two tasks receive asynchronously from one endpoint?</summary>
[Collection(nameof(OneKernel))]
public sealed class ReceiverTests
{
    [Fact]
    public async Task Receivers_OfOneEndpoint_AreToldOfByTheClientsExceptionAndALine()
    {
        var output = new Recorder();
        var builder = new SystemBuilder();
        EndpointDefinition requests = builder.AddEndpoint(AsyncSystem.Requests);
        builder.AddTask("server", Service.Run).Grant(AsyncSystem.Requests, requests, AsyncSystem.Server);
        builder.AddTask("second", Service.Run).Grant(AsyncSystem.Requests, requests, AsyncSystem.Server);
        builder.AddTask("client", ReceiverPrograms.OpenUntilRefused).Grant(AsyncSystem.Requests, requests, AsyncSystem.Client, badge: 7);
        await using RunningSystem system = await AsyncSystem.StartAsync(builder, output);

        await AsyncSystem.EndOfClientsAsync(system, output);

        Assert.StartsWith(
            "No channel could be opened through endpoint 'requests', as the receiver doesn't know what was begun with it: two tasks receive from the endpoint", output.Output.Single(), StringComparison.Ordinal);
        await output.WaitForAsync("reL4: a client (badge 7) came to endpoint 'requests' with the second half of an opening whose first half is not known here. If another task receives from it, too,");
    }
}
