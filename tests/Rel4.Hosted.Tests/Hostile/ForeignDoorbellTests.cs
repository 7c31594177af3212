using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Async;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Is a peer's death known whatever doorbell it handed over, and can nobody wear out another's doorbell?</summary>
[Collection(nameof(OneKernel))]
public sealed class ForeignDoorbellTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    [Fact]
    public Task Clients_ThatDieBehindTheServersDoorbell_GiveTheirChannelsBack() => DieAndComeBackAsync(ForeignDoorbellPrograms.DieBehindServersDoorbell);

    [Fact]
    public Task Clients_ThatDieBehindAnAccomplicesDoorbell_GiveTheirChannelsBack() => DieAndComeBackAsync(ForeignDoorbellPrograms.DieBehindAccomplice);

    [Fact]
    public async Task Server_ThatGivesItsClientsDoorbellBackAndDies_EndsItsClientsCalls()
    {
        var builder = new SystemBuilder();
        EndpointDefinition requests = builder.AddEndpoint(AsyncSystem.Requests);
        FrameDefinition board = builder.AddFrame(HostileBoard.Name);
        builder.AddTask("server", ForeignDoorbellPrograms.GiveBackThenServe).Grant(AsyncSystem.Requests, requests, AsyncSystem.Server)
            .Grant(HostileBoard.Name, board, CapRights.ReadWrite).Restart(RestartPolicy.OnFailure);
        builder.AddTask("client1", ForeignDoorbellPrograms.CallTwice).Grant(AsyncSystem.Requests, requests, AsyncSystem.Client, badge: 1);

        Assert.Equal(["PeerEnded", "echo 1"], await AsyncSystem.RunAsync(builder, s_limit));
    }

    [Fact]
    public async Task Client_ThatRegistersAndUnregistersWhileTheServerComputes_LeavesItItsDescriptors()
    {
        var builder = new SystemBuilder();
        EndpointDefinition requests = builder.AddEndpoint(AsyncSystem.Requests);
        FrameDefinition board = builder.AddFrame(HostileBoard.Name);
        builder.AddTask("server", ForeignDoorbellPrograms.ComputeWhileOthersRegister).Grant(AsyncSystem.Requests, requests, AsyncSystem.Server)
            .Grant(HostileBoard.Name, board, CapRights.ReadWrite);
        builder.AddTask("client1", ForeignDoorbellPrograms.AskForDescriptors).Grant(AsyncSystem.Requests, requests, AsyncSystem.Client, badge: 1);
        builder.AddTask("attacker", ForeignDoorbellPrograms.RegisterAndUnregister).Grant(AsyncSystem.Requests, requests, AsyncSystem.Client, badge: 2)
            .Grant(HostileBoard.Name, board, CapRights.ReadWrite);

        string more = Assert.Single(await AsyncSystem.RunAsync(builder, s_limit));

        Assert.InRange(long.Parse(more, System.Globalization.CultureInfo.InvariantCulture), -50, 50);
    }

    private static async Task DieAndComeBackAsync(Action client)
    {
        var builder = new SystemBuilder();
        EndpointDefinition requests = builder.AddEndpoint(AsyncSystem.Requests), accomplice = builder.AddEndpoint(ForeignDoorbellPrograms.Accomplice);
        FrameDefinition board = builder.AddFrame(HostileBoard.Name);
        builder.AddTask("server", Service.Run).Grant(AsyncSystem.Requests, requests, AsyncSystem.Server);
        builder.AddTask("accomplice", ForeignDoorbellPrograms.GiveDoorbell).Grant(ForeignDoorbellPrograms.Accomplice, accomplice, AsyncSystem.Server);
        for (ulong i = 1; i <= ForeignDoorbellPrograms.Clients; i++)
        {
            builder.AddTask($"client{i}", client).Grant(AsyncSystem.Requests, requests, AsyncSystem.Client, badge: i)
                .Grant(ForeignDoorbellPrograms.Accomplice, accomplice, AsyncSystem.Client)
                .Grant(HostileBoard.Name, board, CapRights.ReadWrite).Restart(RestartPolicy.OnFailure);
        }

        Assert.Equal(Enumerable.Repeat("echo 1", ForeignDoorbellPrograms.Clients), await AsyncSystem.RunAsync(builder, s_limit));
    }
}
