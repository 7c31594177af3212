using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rel4.AspNetCore;
using Rel4.Hosted.Composition;
using Rel4.Ipc.Bench;

namespace Rel4.Grpc.Bench;

/// <summary>Serves the same service at an endpoint and at a Unix socket.</summary>
internal static class GrpcServer
{
    public const string Socket = "grpc";

    public static int Run()
    {
        BenchmarkTask.OpenSocketsToAll();
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.WebHost.UseRel4(TaskContext.Endpoint(Scenario.Calls), listen => listen.Protocols = HttpProtocols.Http2);
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.ListenUnixSocket(BenchmarkTask.SocketPath(Socket), listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        WebApplication app = builder.Build();
        app.MapGrpcService<EchoService>();
        app.Run();
        return 0;
    }
}
