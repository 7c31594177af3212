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
        var composition = new AsyncComposition(OpeningBoundsPrograms.KeepSome);
        composition.LetSignal(
            composition.AddClient(OpeningBoundsPrograms.TakeAllPlaces), OpeningBoundsPrograms.Begun, composition.AddClient(OpeningBoundsPrograms.CallBesides));

        IReadOnlyList<string> written = await AsyncSystem.RunAsync(composition.Builder);

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
        var composition = new AsyncComposition(OpeningEndPrograms.ServeLate);
        EndpointDefinition other = composition.Builder.AddEndpoint(OpeningEndPrograms.Other);
        composition.Server.Grant(OpeningEndPrograms.Other, other, AsyncSystem.Server);
        TaskBuilder client = composition.AddClient(OpeningEndPrograms.EndWhileOpening).Grant(OpeningEndPrograms.Other, other, AsyncSystem.Client);
        composition.LetSignal(client, OpeningEndPrograms.Begun, composition.Server);

        Assert.Equal(["0 slots more"], await AsyncSystem.RunAsync(composition.Builder));
    }
}
