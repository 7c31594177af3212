using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Tests.Async;

namespace Rel4.AspNetCore.Tests;

/// <summary>Is the servers of these tests: ASP.NET applications as tasks.</summary>
internal static class WebServer
{
    public static void RunGrpc()
    {
        WebApplicationBuilder builder = NewBuilder();
        builder.WebHost.UseRel4(AsyncSystem.Endpoint, listen => listen.Protocols = HttpProtocols.Http2);
        builder.Services.AddGrpc(options => options.MaxReceiveMessageSize = null);
        WebApplication app = builder.Build();
        app.MapGrpcService<SumsService>();
        app.Run();
    }

    /// <summary>Answers HTTP/1.1.</summary>
    public static void RunHttp1()
    {
        WebApplicationBuilder builder = NewBuilder();
        builder.WebHost.UseRel4(AsyncSystem.Endpoint);
        WebApplication app = builder.Build();
        app.MapGet("/who", (HttpContext context) => $"{context.Request.Protocol} {context.Features.Get<IRel4ConnectionFeature>()!.Badge}");
        app.MapPost("/echo", async (HttpContext context) =>
        {
            // Any length.
            context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = null;
            // All of it first, as HttpClient reads nothing before it has written all.
            var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            body.Position = 0;
            await body.CopyToAsync(context.Response.Body);
        });
        app.Run();
    }

    private static WebApplicationBuilder NewBuilder()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        return builder;
    }
}
