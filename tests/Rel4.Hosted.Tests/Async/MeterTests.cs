using System.Globalization;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Do the meter and the activities tell what was done?</summary>
[Collection(nameof(OneKernel))]
public sealed class MeterTests
{
    [Fact]
    public async Task Meter_AfterKnownTraffic_CountsIt()
    {
        IReadOnlyList<string> written = await AsyncSystem.RunAsync(AsyncSystem.Compose(Service.Run, MeterPrograms.Count));

        Assert.Equal((100, 100), Read("open rel4.calls"));
        Assert.Equal((150, 150), Read("open rel4.records.written"));
        Assert.Equal((100, 100), Read("open rel4.records.read"));
        Assert.Equal((0, 0), Read("open rel4.ring_full_waits"));
        Assert.Equal((0, 0), Read("open rel4.protocol_violations"));
        Assert.Equal(1, Read("open rel4.channels").Total);
        long looks = Read("open rel4.doorbells.rung").Total + Read("open rel4.doorbells.elided").Total;
        Assert.InRange(looks, 100, 1000);
        Assert.True(Read("open rel4.polls").Total >= 100);
        Assert.True(Read("full rel4.ring_full_waits").Total > 0);
        Assert.True(Read("full rel4.records.written").Total > 150 + 16);
        Assert.True(Read("closed rel4.parks").Total >= Read("open rel4.parks").Total);

        // The channel is gone, and what it did stays in the totals.
        Assert.Equal((104, null), Read("closed rel4.calls"));
        Assert.Equal(0, Read("closed rel4.channels").Total);
        Assert.Contains("activity rel4.call Unset rel4.label=77 rel4.request_bytes=10 rel4.response_bytes=10", written);
        Assert.Contains(written, line => line.StartsWith($"activity rel4.call Error rel4.label={(int)Order.Drop}", StringComparison.Ordinal));

        (long Total, long? Channel) Read(string instrument)
        {
            string[] words = written.Single(line => line.StartsWith(instrument + " ", StringComparison.Ordinal)).Split(' ');
            return (Parse(words[3]), words.Length > 5 ? Parse(words[5]) : null);
        }
    }

    private static long Parse(string number) => long.Parse(number, CultureInfo.InvariantCulture);
}
