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
        var composition = new AsyncComposition(ForeignDoorbellPrograms.GiveBackThenServe);
        composition.Share(HostileBoard.Name, composition.Server.Restart(RestartPolicy.OnFailure));
        composition.AddClient(ForeignDoorbellPrograms.CallTwice);

        Assert.Equal(["PeerEnded", "echo 1"], await AsyncSystem.RunAsync(composition.Builder, s_limit));
    }

    [Fact]
    public async Task Client_ThatRegistersAndUnregistersWhileTheServerComputes_LeavesItItsDescriptors()
    {
        var composition = new AsyncComposition(ForeignDoorbellPrograms.ComputeWhileOthersRegister);
        composition.AddClient(ForeignDoorbellPrograms.AskForDescriptors);
        composition.Share(HostileBoard.Name, composition.Server, composition.AddClient("attacker", ForeignDoorbellPrograms.RegisterAndUnregister));

        string more = Assert.Single(await AsyncSystem.RunAsync(composition.Builder, s_limit));

        Assert.InRange(long.Parse(more, System.Globalization.CultureInfo.InvariantCulture), -50, 50);
    }

    private static async Task DieAndComeBackAsync(Action client)
    {
        var composition = new AsyncComposition(Service.Run);
        EndpointDefinition accomplice = composition.Builder.AddEndpoint(ForeignDoorbellPrograms.Accomplice);
        composition.Builder.AddTask("accomplice", ForeignDoorbellPrograms.GiveDoorbell)
            .Grant(ForeignDoorbellPrograms.Accomplice, accomplice, AsyncSystem.Server);
        composition.Share(HostileBoard.Name,
        [
            .. Enumerable.Range(0, ForeignDoorbellPrograms.Clients).Select(_ => composition.AddClient(client)
                .Grant(ForeignDoorbellPrograms.Accomplice, accomplice, AsyncSystem.Client).Restart(RestartPolicy.OnFailure)),
        ]);

        Assert.Equal(Enumerable.Repeat("echo 1", ForeignDoorbellPrograms.Clients), await AsyncSystem.RunAsync(composition.Builder, s_limit));
    }
}
