using System.Net;
using System.Net.Sockets;
using Rel4.Hosted.Composition;
using Rel4.Runtime;
using Rel4.Samples.Kv.Gateway.Stores;
using Rel4.Samples.Kv.Protocol;

namespace Rel4.Samples.Kv.Gateway;

/// <summary>Is the task that clients reach: it has the network, and of the store nothing but the right to call it.</summary>
internal static class GatewayTask
{
    /// <summary>How many clients wait at most until they are accepted.</summary>
    private const int Backlog = 512;

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    /// <summary>Runs until the process is asked to end.</summary>
    public static void Run() => Serve(s_patience);

    /// <summary>Runs with a limit of time for clients that don't take their replies.</summary>
    internal static void Serve(TimeSpan patience)
    {
        ReL4.MemoryPerPeer = StoreRequest.LongestMessage;
        ReL4.Run(() => new RespServer(Listen(out Socket listener), [.. KvSettings.Stores.Select(Connect)], patience).ListenAsync(listener));
    }

    private static IStore Connect(string store) => KvSettings.Ipc switch
    {
        KvIpc.Async => new AsyncStore(TaskContext.Endpoint(store)),
        KvIpc.Sync => new SyncStore(TaskContext.Endpoint(store)),
        _ => new LocalStore(TimeProvider.System),
    };

    private static ServerState Listen(out Socket listener)
    {
        listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(KvSettings.Address, KvSettings.Port));
        listener.Listen(Backlog);
        var address = (IPEndPoint)listener.LocalEndPoint!;
        Console.WriteLine($"listening on {address}");
        return new ServerState(TimeProvider.System, KvSettings.Ipc, ClientLimit.Read(), KvSettings.Stores.Length) { Port = address.Port };
    }
}
