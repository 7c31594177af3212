using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Tests.Async;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Does who asks synchronously get an answer, whatever other clients do and however the server's run ends?</summary>
[Collection(nameof(OneKernel))]
public sealed class OpeningBoundsTests
{
    [Fact]
    public async Task Client_ThatTakesAllSynchronousPlaces_IsRefusedAndOthersAreServed()
    {
        var builder = new SystemBuilder();
        EndpointDefinition requests = builder.AddEndpoint(AsyncSystem.Requests);
        NotificationDefinition begun = builder.AddNotification(OpeningBoundsPrograms.Begun);
        builder.AddTask("server", OpeningBoundsPrograms.KeepSome).Grant(AsyncSystem.Requests, requests, AsyncSystem.Server);
        builder.AddTask("client1", OpeningBoundsPrograms.TakeAllPlaces).Grant(AsyncSystem.Requests, requests, AsyncSystem.Client, badge: 1)
            .Grant(OpeningBoundsPrograms.Begun, begun, CapRights.Write, badge: 1);
        builder.AddTask("client2", OpeningBoundsPrograms.CallBesides).Grant(AsyncSystem.Requests, requests, AsyncSystem.Client, badge: 2)
            .Grant(OpeningBoundsPrograms.Begun, begun, CapRights.Read);

        IReadOnlyList<string> written = await AsyncSystem.RunAsync(builder);

        Assert.Equal(["itself no reply", "synchronously 7", "asynchronously 8, 194 dropped"], written);
    }

    [Fact]
    public async Task Run_ThatEndsWithRequests_AnswersEveryCallerAndRefusesNewOnes()
    {
        Action caller = OpeningBoundsPrograms.CallWhoEnds;

        IReadOnlyList<string> written = await AsyncSystem.RunAsync(
            AsyncSystem.Compose(OpeningBoundsPrograms.EndWithRequests, caller, caller, caller));

        Assert.Equal(Enumerable.Repeat("no reply, then no reply", 3), written);
    }

    [Fact]
    public async Task Join_AnsweredAfterTheDoorbellsSlotWasHandedOutAgain_BringsNoCapability() => Assert.Equal(
        ["Ended and no capability"], await AsyncSystem.RunAsync(AsyncSystem.Compose(OpeningEndPrograms.AnswerByDoorbellGivenBack, OpeningEndPrograms.Join)));

    [Fact]
    public async Task Run_ThatEndsWhileItOpensAChannel_GivesEverythingBack()
    {
        var builder = new SystemBuilder();
        EndpointDefinition requests = builder.AddEndpoint(AsyncSystem.Requests), other = builder.AddEndpoint(OpeningEndPrograms.Other);
        NotificationDefinition begun = builder.AddNotification(OpeningEndPrograms.Begun);
        builder.AddTask("server", OpeningEndPrograms.ServeLate).Grant(AsyncSystem.Requests, requests, AsyncSystem.Server)
            .Grant(OpeningEndPrograms.Other, other, AsyncSystem.Server).Grant(OpeningEndPrograms.Begun, begun, CapRights.Read);
        builder.AddTask("client1", OpeningEndPrograms.EndWhileOpening).Grant(AsyncSystem.Requests, requests, AsyncSystem.Client)
            .Grant(OpeningEndPrograms.Other, other, AsyncSystem.Client).Grant(OpeningEndPrograms.Begun, begun, CapRights.Write, badge: 1);

        Assert.Equal(["0 slots more"], await AsyncSystem.RunAsync(builder));
    }
}
