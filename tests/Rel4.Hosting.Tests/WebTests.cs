using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rel4.Runtime;

namespace Rel4.Hosting.Tests;

/// <summary>Can a web application call plug-ins in its routes?</summary>
public sealed class WebTests : IDisposable
{
    private readonly Logs _logs = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task Route_ThatCallsAPlugin_AnswersAlsoAfterThatWasKilled()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders().AddProvider(_logs);
        builder.Services.AddRel4(PluginSystem.Compose);
        await using WebApplication app = builder.Build();
        app.MapGet("/upper/{text}", UpperAsync);
        app.MapHealthChecks("/health");
        await app.StartAsync(Cancelled);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };

        Assert.Equal("TEA", await client.GetStringAsync(new Uri("/upper/tea", UriKind.Relative), Cancelled));
        Assert.Equal("Healthy", await client.GetStringAsync(new Uri("/health", UriKind.Relative), Cancelled));
        // The request that ends the plug-in fails, and only that.
        using (HttpResponseMessage failed = await client.GetAsync(new Uri("/upper/die", UriKind.Relative), Cancelled))
            Assert.Equal(HttpStatusCode.InternalServerError, failed.StatusCode);
        Assert.Equal("COFFEE", await client.GetStringAsync(new Uri("/upper/coffee", UriKind.Relative), Cancelled));
        Assert.Equal(1, app.Services.GetRequiredService<Rel4System>().Running["plugin"].Restarts);

        await app.StopAsync(Cancelled);
    }

    private static async Task<string> UpperAsync(string text, [FromKeyedServices("plugin")] EndpointCap plugin, CancellationToken aborted)
    {
        using IpcResponse response = await plugin.CallAsync(text == "die" ? Plugin.Die : (ushort)1, Encoding.UTF8.GetBytes(text), aborted);
        return Encoding.UTF8.GetString(response.Payload);
    }
}
