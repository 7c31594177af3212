using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Tests.Async;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Can a client be another?</summary>
[Collection(nameof(OneKernel))]
public sealed class BadgeTests
{
    [Fact]
    public async Task Client_GrantedNoBadge_CantTakeAnothers()
    {
        var builder = new SystemBuilder();
        EndpointDefinition requests = builder.AddEndpoint(AsyncSystem.Requests);
        builder.AddTask("server", Service.Run).Grant(AsyncSystem.Requests, requests, AsyncSystem.Server);
        builder.AddTask("client1", CallAsAnother).Grant(AsyncSystem.Requests, requests, AsyncSystem.Client);
        builder.AddTask("client2", EndAtOnce).Grant(AsyncSystem.Requests, requests, AsyncSystem.Client, badge: 1);

        Assert.Equal(["mints 1: IllegalOperation", "badge 2"], await AsyncSystem.RunAsync(builder));
    }

    private static void EndAtOnce()
    {
    }

    private static void CallAsAnother()
    {
        SeL4Error error = SeL4Error.NoError;
        try
        {
            TaskContext.CNode.Mint(TaskContext.CNode[AsyncSystem.Endpoint.CPtr], MachineUser.TakeSlot(), CapRights.All, badge: 1);
        }
        catch (SeL4Exception refused)
        {
            error = refused.Error;
        }

        Console.WriteLine($"mints 1: {error}");
        Console.WriteLine($"badge {AsyncSystem.Endpoint.Call((ulong)Order.Badge)[0]}");
    }
}
