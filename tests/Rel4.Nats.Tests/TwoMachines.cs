using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;
using Rel4.Runtime;

namespace Rel4.Nats.Tests;

/// <summary>Is a server, systems that export an endpoint, and systems that import it, each as on a machine of its own; this process takes part in those that import.</summary>
internal sealed class TwoMachines : IAsyncDisposable
{
    public const string Subject = "shop.store";
    private const CapRights Client = CapRights.Write | CapRights.Grant, Receiver = CapRights.Read | CapRights.Grant;

    /// <summary>Log2 of a server's memory for channels: each client elsewhere has one, and a grant a share.</summary>
    private const int ServerMemoryBits = 30;

    private readonly List<RunningSystem> _systems = [];

    public NatsServer Server { get; init; } = new();

    /// <summary>Gets the servers, if there are several.</summary>
    public NatsCluster? Cluster { get; init; }

    private IEnumerable<string> Urls => Cluster?.Urls ?? [Server.Url];

    /// <summary>Gets how messages are delivered.</summary>
    public NatsDelivery Delivery { get; init; }

    public Keys Keys { get; } = new();

    public Recorder Output { get; } = new();

    /// <summary>Gets or sets what is exported.</summary>
    public NatsDefinition? Exported { get; private set; }

    /// <summary>Composes a system that exports an endpoint to grants <c>one</c> (badge 1), <c>two</c> (badge 2), ….</summary>
    public SystemBuilder Exporter(Action server, params ReadOnlySpan<string> grants)
    {
        var builder = new SystemBuilder();
        EndpointDefinition requests = builder.AddEndpoint("requests");
        builder.AddTask("server", server).Grant("requests", requests, Receiver).AsyncMemory(ServerMemoryBits).Restart(RestartPolicy.Always with { FirstDelay = TimeSpan.FromMilliseconds(20) });
        ConnectTo(builder);
        NatsExportBuilder export = builder.ExportEndpoint(requests, Subject, Keys.File("exporter"), Delivery);
        ulong badge = 0;
        foreach (string grant in grants)
            export.To(grant, Keys.Public(grant), ++badge);
        return builder;
    }

    /// <summary>Composes a system that imports it, in which this process calls it as <c>store</c>.</summary>
    public SystemBuilder Importer(string grant, NatsSpread spread = NatsSpread.Clients)
    {
        var builder = new SystemBuilder();
        ConnectTo(builder);
        builder.Host.Grant("store", builder.ImportEndpoint("store", Subject, grant, Keys.File(grant), spread, Delivery), Client);
        return builder;
    }

    /// <summary>Starts a system, and the server with the users of what it exports.</summary>
    public async Task<RunningSystem> StartAsync(SystemBuilder builder)
    {
        if (builder.Build().Nats is { Exports.IsEmpty: false } exported)
            await RunServersAsync(NatsServerUsers.Write(Exported = exported));
        RunningSystem system = await builder.StartAsync(
            new SupervisionOptions { Output = Output, GracePeriod = TimeSpan.FromMilliseconds(200) }, TestContext.Current.CancellationToken);
        _systems.Add(system);
        return system;
    }

    /// <summary>Starts the servers with these users, or has them know these.</summary>
    public Task RunServersAsync(string users) => Cluster?.RunAsync(users) ?? Server.RunAsync(users);

    /// <summary>Calls until somebody is there who answers.</summary>
    public static async Task<EndpointCap> ReadyAsync(RunningSystem importer, string name = "store")
    {
        EndpointCap store = importer.Host.Endpoint(name);
        long limit = Environment.TickCount64 + 30_000;
        while (true)
        {
            try
            {
                (await store.CallAsync(Programs.Who, default, TimeSpan.FromSeconds(10))).Dispose();
                return store;
            }
            catch (NotDeliveredException) when (Environment.TickCount64 < limit)
            {
                await Task.Delay(20);
            }
        }
    }

    private void ConnectTo(SystemBuilder builder)
    {
        foreach (string url in Urls)
            builder.Nats.Server(url);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (RunningSystem system in _systems)
            await system.DisposeAsync();
        Server.Dispose();
        Cluster?.Dispose();
        if (Environment.GetEnvironmentVariable("NATS_LOG") is { } copy)
            File.AppendAllText(copy, Output.All);
        Keys.Dispose();
    }
}
