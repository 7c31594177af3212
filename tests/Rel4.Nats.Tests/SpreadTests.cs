using System.Text;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests;
using Rel4.Hosted.Tests.Supervision;
using Rel4.Runtime;

namespace Rel4.Nats.Tests;

/// <summary>Do several systems that export one subject share what comes?</summary>
[Collection(nameof(OneKernel))]
public sealed class SpreadTests : IAsyncDisposable
{
    private const int Clients = 12;
    private const string Bell = "shop.bell";

    private readonly TwoMachines _machines = new();

    public ValueTask DisposeAsync() => _machines.DisposeAsync();

    [Fact]
    public async Task Calls_SpreadOneByOne_ReachBothAndThenTheOneThatIsLeft()
    {
        (RunningSystem first, EndpointCap[] stores) = await BeginAsync(NatsSpread.Calls);
        EndpointCap store = stores[0];

        string[] servers = await WhoAsync(Enumerable.Repeat(store, 60));
        Assert.Equal(2, servers.Distinct().Count());

        await first.StopAsync(Cancellation);

        string left = Assert.Single((await WhoAsync(Enumerable.Repeat(store, 30))).Distinct());
        Assert.Contains(left, servers);
    }

    [Fact]
    public async Task Calls_OfClients_StayWithOneAndGoOnWithTheOneThatIsLeft()
    {
        (RunningSystem first, EndpointCap[] stores) = await BeginAsync(NatsSpread.Clients);

        string[] before = await WhoAsync(stores), again = await WhoAsync(stores);
        Assert.Equal(before, again);
        Assert.Equal(2, before.Distinct().Count());

        await first.StopAsync(Cancellation);

        string left = Assert.Single((await WhoAsync(stores)).Distinct());
        Assert.Contains(left, before);
    }

    [Fact]
    public async Task Signal_ThroughAnImportedNotification_ReachesAllWithTheGrantsBits()
    {
        var second = new Recorder();
        await _machines.StartAsync(BellExporter());
        await using RunningSystem other = await BellExporter().StartAsync(new SupervisionOptions { Output = second }, Cancellation);
        var builder = new SystemBuilder();
        builder.Nats.Server(_machines.Server.Url);
        NotificationDefinition bell = builder.ImportNotification("bell", Bell, "one", _machines.Keys.File("one"));
        for (int bit = 0; bit < 3; bit++)
            builder.Host.Grant($"bell{bit}", bell, CapRights.Write, badge: 1UL << bit);
        RunningSystem importer = await _machines.StartAsync(builder);

        // A signal tells of a state, so it may be said again; and is lost where nobody hears it.
        await Eventually.HoldsAsync(
            () =>
            {
                for (int bit = 0; bit < 3; bit++)
                    importer.Host.Notification($"bell{bit}").SignalUser();
                Thread.Sleep(20);
                return Heard(_machines.Output) == 0b101 && Heard(second) == 0b101;
            },
            () => $"{Heard(_machines.Output)} {Heard(second)} {_machines.Output.All}");
        Assert.All(_machines.Output.Output.Concat(second.Output).Where(line => line.StartsWith("bits ", StringComparison.Ordinal)), line => Assert.Equal(0UL, Bits(line) & ~0b101UL));

        static ulong Heard(Recorder output) =>
            output.Output.Where(line => line.StartsWith("bits ", StringComparison.Ordinal)).Aggregate(0UL, (all, line) => all | Bits(line));

        static ulong Bits(string line) => ulong.Parse(line.AsSpan(5), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private SystemBuilder BellExporter()
    {
        var builder = new SystemBuilder();
        NotificationDefinition bell = builder.AddNotification("bell");
        builder.AddTask("server", Programs.Listen).Grant("bell", bell, CapRights.Read);
        builder.Nats.Server(_machines.Server.Url);
        builder.ExportNotification(bell, Bell, _machines.Keys.File("exporter")).To("one", _machines.Keys.Public("one"), badge: 0b101).To("two", _machines.Keys.Public("two"), badge: 0b010);
        return builder;
    }

    /// <summary>Starts two systems that export, and one that imports for several clients.</summary>
    private async Task<(RunningSystem First, EndpointCap[] Stores)> BeginAsync(NatsSpread spread)
    {
        RunningSystem first = await _machines.StartAsync(_machines.Exporter(Programs.Serve, "one"));
        await _machines.StartAsync(_machines.Exporter(Programs.Serve, "one"));
        var builder = new SystemBuilder();
        builder.Nats.Server(_machines.Server.Url);
        EndpointDefinition store = builder.ImportEndpoint("store", TwoMachines.Subject, "one", _machines.Keys.File("one"), spread);
        for (int i = 0; i < Clients; i++)
            builder.Host.Grant($"store{i}", store, CapRights.Write | CapRights.Grant);
        builder.Host.Grant(
            "probe", builder.ImportEndpoint("probe", TwoMachines.Subject, "one", _machines.Keys.File("one"), NatsSpread.Calls), CapRights.Write | CapRights.Grant);
        RunningSystem importer = await _machines.StartAsync(builder);
        EndpointCap probe = await TwoMachines.ReadyAsync(importer, "probe");
        // Both are there when both have answered.
        for (HashSet<string> servers = []; servers.Count < 2;)
            servers.UnionWith(await WhoAsync([probe]));
        return (first, [.. Enumerable.Range(0, Clients).Select(i => importer.Host.Endpoint($"store{i}"))]);
    }

    /// <summary>Asks who answers. What fails as somebody is gone is asked again.</summary>
    private static async Task<string[]> WhoAsync(IEnumerable<EndpointCap> stores)
    {
        List<string> answers = [];
        foreach (EndpointCap store in stores)
        {
            for (long limit = Environment.TickCount64 + 30_000; ;)
            {
                try
                {
                    using IpcResponse response = await store.CallAsync(Programs.Who, default, TimeSpan.FromSeconds(20), Cancellation);
                    answers.Add(Encoding.UTF8.GetString(response.Payload));
                    break;
                }
                catch (Rel4Exception) when (Environment.TickCount64 < limit)
                {
                    await Task.Delay(20, Cancellation);
                }
            }
        }

        return [.. answers];
    }
}
