using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Rel4.OpenTelemetry.Tests;

/// <summary>A collector of OTLP that keeps what it is sent.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly ConcurrentQueue<(string Path, byte[] Body, string Key)> _requests = new();
    private readonly WebApplication _app;

    private Collector(WebApplication app)
    {
        _app = app;
        app.MapPost("/v1/{signal}", async context =>
        {
            var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            _requests.Enqueue((context.Request.Path.Value!, body.ToArray(), context.Request.Headers["key"].ToString()));
        });
    }

    /// <summary>Gets its address.</summary>
    public Uri Address => new(_app.Urls.Single());

    /// <summary>Gets what was sent.</summary>
    public IReadOnlyList<(string Path, byte[] Body, string Key)> Requests => [.. _requests];

    /// <summary>Gets all spans that were sent.</summary>
    public IReadOnlyList<Span> Spans =>
    [
        .. from request in _requests
           where request.Path == "/v1/traces"
           from resource in new Message(request.Body).Messages(1)
           from span in resource.Messages(2).SelectMany(scope => scope.Messages(2))
           select new Span(
               AttributeOf(resource, "service.name"), span.Text(5), Hex(span.Bytes(1)), Hex(span.Bytes(2)), Hex(span.Bytes(4)), span.Number(6)),
    ];

    /// <summary>Gets the names of all metrics that were sent, with those of the tasks before them.</summary>
    public IReadOnlyList<string> Metrics =>
    [
        .. from request in _requests
           where request.Path == "/v1/metrics"
           from resource in new Message(request.Body).Messages(1)
           from metric in resource.Messages(2).SelectMany(scope => scope.Messages(2))
           select $"{AttributeOf(resource, "service.name")} {metric.Text(1)} {metric.Text(3)}",
    ];

    /// <summary>Starts one.</summary>
    public static async Task<Collector> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var collector = new Collector(builder.Build());
        await collector._app.StartAsync(TestContext.Current.CancellationToken);
        return collector;
    }

    /// <summary>Finds the values of an attribute of a resource.</summary>
    public static string AttributeOf(Message resource, string name) => string.Join(
        '|', resource.Messages(1).SelectMany(own => own.Messages(1)).Where(attribute => attribute.Text(1) == name).Select(attribute => attribute.Messages(2).Single().Text(1)));

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    /// <summary>A span: field numbers are those of opentelemetry-proto's <c>trace.proto</c>.</summary>
    internal sealed record Span(string Service, string Name, string Trace, string Id, string Parent, ulong Kind);
}
