using Rel4.Hosted.Tests.Async;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Is anything that a peer hands over while a channel is opened invoked, waited for or kept?</summary>
[Collection(nameof(OneKernel))]
public sealed class OpeningTests
{
    private const string NothingKept = "descriptors 0, slots 0, mappings 0", NothingInvoked = "nothing was invoked";

    [Fact]
    public async Task Offer_OfWhatIsNoFrameOrDoorbell_IsRefusedAndTheServerKeepsNothing() => Assert.Equal(
        [NothingKept, NothingInvoked], await AsyncSystem.RunAsync(AsyncSystem.Compose(Service.Run, OpeningPrograms.OfferSubstitutes)));

    [Fact]
    public async Task Answer_OfWhatIsNoFrameOrDoorbell_IsRefusedAndTheClientKeepsNothing() => Assert.Equal(
        [NothingKept, "refused 140 of 140", NothingInvoked],
        await AsyncSystem.RunAsync(AsyncSystem.Compose(OpeningPrograms.AnswerWithSubstitutes, OpeningPrograms.CallSubstitutes)));

    [Fact]
    public async Task Call_ServerTakesTheOfferAndIsMute_EndsAndKeepsNoThread() => Assert.Equal(
        ["3 limits, 0 openings on 1 threads"],
        await AsyncSystem.RunAsync(AsyncSystem.Compose(OpeningPrograms.TakeAndBeMute, OpeningPrograms.CallMute)));
}
