using System.Globalization;

namespace Rel4.Nats.Tests;

/// <summary>Real servers that are one cluster. Every way to one, of clients and of other servers, is a <see cref="Cable"/>.</summary>
internal sealed class NatsCluster : IDisposable
{
    private const int Count = 3;

    public NatsCluster()
    {
        int[] clients = [.. Ports()], routes = [.. Ports()];
        ClientCables = [.. clients.Select(port => new Cable(port))];
        RouteCables = [.. routes.Select(port => new Cable(port))];
        Nodes = [.. Enumerable.Range(0, Count).Select(number => new NatsServer(
            string.Create(CultureInfo.InvariantCulture, $"""
                server_name: "node{number}"
                client_advertise: "{ClientCables[number].Address}"
                cluster {"{"}
                  name: "rel4"
                  listen: "127.0.0.1:{routes[number]}"
                  advertise: "{RouteCables[number].Address}"
                  routes: [{string.Join(", ", RouteCables.Where((_, other) => other != number).Select(cable => $"\"nats://{cable.Address}\""))}]
                {"}"}
                """),
            port: clients[number]))];
    }

    /// <summary>Gets the servers.</summary>
    public IReadOnlyList<NatsServer> Nodes { get; }

    /// <summary>Gets the ways of clients to each.</summary>
    public IReadOnlyList<Cable> ClientCables { get; }

    /// <summary>Gets the ways of other servers to each.</summary>
    public IReadOnlyList<Cable> RouteCables { get; }

    /// <summary>Gets where clients connect to.</summary>
    public IEnumerable<string> Urls => ClientCables.Select(cable => $"nats://{cable.Address}");

    /// <summary>Says who may do what, and starts them, or has them read that anew.</summary>
    public Task RunAsync(string users) => Task.WhenAll(Nodes.Select(node => node.RunAsync(users)));

    public void Dispose()
    {
        foreach (IDisposable part in (IEnumerable<IDisposable>)[.. Nodes, .. ClientCables, .. RouteCables])
            part.Dispose();
    }

    private static IEnumerable<int> Ports() => Enumerable.Range(0, Count).Select(_ => NatsServer.FreePort());
}
