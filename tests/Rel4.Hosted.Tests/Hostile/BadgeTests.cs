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
        var composition = new AsyncComposition(Service.Run);
        composition.AddClient(EndAtOnce);
        composition.AddClient("client-without", CallAsAnother);

        Assert.Equal(["mints 1: IllegalOperation", "badge 2"], await AsyncSystem.RunAsync(composition.Builder));
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
