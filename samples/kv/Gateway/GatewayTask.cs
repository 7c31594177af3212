using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Rel4.Hosted.Composition;
using Rel4.Runtime;
using Rel4.Samples.Kv.Gateway.Stores;
using Rel4.Samples.Kv.Protocol;

namespace Rel4.Samples.Kv.Gateway;

/// <summary>Is the task that clients reach: it has the network, and of the store nothing but the right to call it.</summary>
internal static class GatewayTask
{
    /// <summary>Runs until the process is asked to end.</summary>
    public static void Run()
    {
        switch (KvSettings.Ipc)
        {
            case KvIpc.Async:
                ReL4.MemoryPerPeer = StoreRequest.LongestMessage;
                using (WebApplication app = Start(new AsyncStore(TaskContext.Endpoint("store"))))
                    app.WaitForShutdown();
                break;
            case KvIpc.Sync:
                using (var store = new SyncStore(TaskContext.Endpoint("store")))
                using (WebApplication app = Start(store))
                {
                    app.Lifetime.ApplicationStopped.Register(store.Stop);
                    store.Run();
                }

                break;
            default:
                using (var store = new LocalStore(TimeProvider.System))
                using (WebApplication app = Start(store))
                {
                    store.StartSweeping();
                    app.WaitForShutdown();
                }

                break;
        }
    }

    private static WebApplication Start(IStore store)
    {
        var state = new ServerState(TimeProvider.System, KvSettings.Ipc, ClientLimit.Read());
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(state).AddSingleton(store);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
            options.Listen(IPAddress.Loopback, KvSettings.Port, listen => listen.UseConnectionHandler<RespConnectionHandler>()));
        builder.Services.RemoveAll<IConnectionListenerFactory>().AddSingleton<IConnectionListenerFactory>(services =>
            new BoundedListenerFactory(
                ActivatorUtilities.CreateInstance<SocketTransportFactory>(services), state.MostClients + ClientLimit.MostRefused));
        WebApplication app = builder.Build();
        app.Start();
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        state.Port = new Uri(address).Port;
        Console.WriteLine($"listening on 127.0.0.1:{state.Port}");
        return app;
    }
}
