using System.Diagnostics;
using System.Globalization;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Linux;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Does a parked task learn that its peer is gone?</summary>
[Collection(nameof(OneKernel))]
public sealed class PeerTests(ITestOutputHelper output)
{
    private readonly Recorder _recorder = new();
    private readonly SystemBuilder _builder = new();

    [Theory]
    [InlineData("left", "right")]
    [InlineData("right", "left")]
    public async Task Kill_OfEitherPeer_WakesTheOtherWhichSeesItsSenderClosed(string victim, string survivor)
    {
        NotificationDefinition left = _builder.AddNotification("left"), right = _builder.AddNotification("right");
        AddPeer("left", left, right);
        AddPeer("right", right, left);

        await using RunningSystem system = await StartAsync();
        await _recorder.WaitForAsync("ready", times: 2);
        long killed = Stopwatch.GetTimestamp();
        SystemCall.Invoke(SystemCallNumber.kill, system[victim].ProcessId!.Value, Signal.Kill);
        await AssertToldAsync(survivor, killed);
    }

    [Fact]
    public async Task Revoke_OfTheCapability_WakesItsHolderWhichSeesItsSenderClosed()
    {
        EndpointDefinition offers = _builder.AddEndpoint("offers");
        NotificationDefinition never = _builder.AddNotification("never");
        _builder.AddTask("user", PeerPrograms.UseUntilRevoked).Grant("offers", offers, CapRights.Read).Grant("never", never, CapRights.Read);
        _builder.AddTask("owner", PeerPrograms.GiveAndRevoke)
            .Grant("user", offers, CapRights.Write | CapRights.Grant).Grant("never", never, CapRights.Read);

        await using RunningSystem system = await StartAsync();
        await _recorder.WaitForAsync("revoked");
        await AssertToldAsync("user", long.Parse(Word("owner", "revoked", 1), CultureInfo.InvariantCulture));
        Assert.Contains("posted 16", _recorder.Output);
    }

    private async Task AssertToldAsync(string task, long since)
    {
        await _recorder.WaitForAsync("told");
        Assert.Equal(("True", "False"), (Word(task, "told", 2), Word(task, "told", 3)));
        TimeSpan time = Stopwatch.GetElapsedTime(since, long.Parse(Word(task, "told", 1), CultureInfo.InvariantCulture));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"told after {time.TotalMilliseconds:0.00} ms"));
        Assert.InRange(time, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    private string Word(string task, string line, int index) =>
        _recorder.Of(OutputKind.Output).First(written => written.Task == task && written.Text.StartsWith(line, StringComparison.Ordinal))
            .Text.Split(' ')[index];

    private void AddPeer(string name, NotificationDefinition own, NotificationDefinition peer)
    {
        NotificationDefinition never = _builder.AddNotification($"never-{name}");
        _builder.AddTask(name, PeerPrograms.AwaitPeersEnd)
            .Grant("own", own, CapRights.Read).Grant("peer", peer, CapRights.Write, badge: 1).Grant("never", never, CapRights.Read);
    }

    private Task<RunningSystem> StartAsync() =>
        _builder.StartAsync(new SupervisionOptions { Output = _recorder }, TestContext.Current.CancellationToken);
}
