using System.Globalization;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Do the meter and the activities tell what was done?</summary>
[Collection(nameof(OneKernel))]
public sealed class MeterTests
{
    private const string Tags = "rel4.endpoint=requests rel4.side=client rel4.task=client1";

    [Fact]
    public async Task Meter_AfterKnownTraffic_CountsItOnceForEachEndpoint()
    {
        IReadOnlyList<string> written = await AsyncSystem.RunAsync(AsyncSystem.Compose(Service.Run, MeterPrograms.Count));

        Assert.Equal(100, Read("open rel4.calls"));
        Assert.Equal(150, Read("open rel4.records.written"));
        Assert.Equal(100, Read("open rel4.records.read"));
        Assert.Equal(0, Read("open rel4.ring_full_waits"));
        Assert.Equal(1, Read("open rel4.channels"));
        Assert.DoesNotContain(written, line => line.StartsWith("open rel4.channels.ended", StringComparison.Ordinal));
        long looks = Read("open rel4.doorbells.rung") + Read("open rel4.doorbells.elided");
        Assert.InRange(looks, 100, 1000);
        Assert.True(Read("open rel4.polls") >= 100);
        Assert.True(Read("full rel4.ring_full_waits") > 0);
        Assert.True(Read("full rel4.records.written") > 150 + 16);
        Assert.True(Read("closed rel4.parks") >= Read("open rel4.parks"));

        // The channel is gone, and what it did stays in the totals.
        Assert.Equal(104, Read("closed rel4.calls"));
        Assert.Equal(0, Read("closed rel4.channels"));
        Assert.Contains($"closed rel4.channels.ended 1 {Tags} rel4.channel.end_reason=peer_ended", written);
        Assert.Contains(
            "activity rel4.call Unset rel4.endpoint=requests rel4.task=client1 rel4.call.kind=asynchronous rel4.label=77 rel4.request_bytes=10 rel4.response_bytes=10", written);
        Assert.Contains(
            $"activity rel4.call Error rel4.endpoint=requests rel4.task=client1 rel4.call.kind=asynchronous rel4.label={(int)Order.Drop} rel4.request_bytes=0 error.type=not_answered", written);

        long Read(string instrument) =>
            long.Parse(Assert.Single(written, line => line.StartsWith(instrument + " ", StringComparison.Ordinal) && line.Contains(Tags, StringComparison.Ordinal)).Split(' ')[2], CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task Listeners_OfCallsOfEachOutcome_AreToldOnceOfEach()
    {
        IReadOnlyList<string> written = await AsyncSystem.RunAsync(AsyncSystem.Compose(Service.Run, MeterPrograms.Watch));

        const string Call = "rel4.client.call.duration s in time rel4.endpoint=requests rel4.task=client1 rel4.call.kind=";
        const string Failure = "rel4.client.call.failures {call} 1 rel4.endpoint=requests rel4.task=client1 rel4.call.kind=asynchronous error.type=";
        Assert.Equal(
            [
                Call + "synchronous", Call + "asynchronous", Call + "asynchronous",
                .. new[] { "timeout", "cancelled", "not_answered", "peer_ended" }.SelectMany(error => new[] { Failure + error, $"{Call}asynchronous error.type={error}" }),
            ],
            written);
    }
}
