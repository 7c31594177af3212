using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Rel4.Hosted.Composition;
using Rel4.Samples.Kv.Gateway.Stores;

namespace Rel4.Samples.Kv.Gateway;

/// <summary>Is the task that clients reach: it has the network, and of the store nothing but the right to call it.</summary>
internal static class GatewayTask
{
    /// <summary>Names the environment variable with the port to listen on; 0 for any that is free.</summary>
    public const string PortVariable = "KV_PORT";

    /// <summary>Names the environment variable with the <see cref="KvIpc"/>.</summary>
    public const string IpcVariable = "KV_IPC";

    /// <summary>Runs until the process is asked to end.</summary>
    public static void Run()
    {
        int port = int.Parse(Environment.GetEnvironmentVariable(PortVariable) ?? "0", CultureInfo.InvariantCulture);
        var ipc = Enum.Parse<KvIpc>(Environment.GetEnvironmentVariable(IpcVariable) ?? nameof(KvIpc.Async), ignoreCase: true);
        var state = new ServerState(TimeProvider.System, ipc);
        switch (ipc)
        {
            case KvIpc.None:
                using (var local = new LocalStore(TimeProvider.System))
                {
                    local.StartSweeping();
                    using WebApplication app = Start(port, state, local);
                    app.WaitForShutdown();
                }

                break;
            default:
                using (var sync = new SyncStore(TaskContext.Endpoint("store")))
                {
                    using WebApplication app = Start(port, state, sync);
                    app.Lifetime.ApplicationStopped.Register(sync.Stop);
                    sync.Run();
                }

                break;
        }
    }

    private static WebApplication Start(int port, ServerState state, IStore store)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(state).AddSingleton(store);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
            options.Listen(IPAddress.Loopback, port, listen => listen.UseConnectionHandler<RespConnectionHandler>()));
        WebApplication app = builder.Build();
        app.Start();
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        state.Port = new Uri(address).Port;
        Console.WriteLine($"listening on 127.0.0.1:{state.Port}");
        return app;
    }
}
