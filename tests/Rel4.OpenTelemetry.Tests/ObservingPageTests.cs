using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.OpenTelemetry.Tests;

/// <summary>Do the programs of docs/observing.md do what it says?</summary>
public sealed class ObservingPageTests
{
    private const ulong ClientKind = 3, ServerKind = 2;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public void Programs_OfThePage_AreThoseTestedHere()
    {
        string tested = ReadTrimmed("tests/Rel4.OpenTelemetry.Tests/ObservingPage.cs");

        string[] blocks = [.. Regex.Matches(ReadTrimmed("docs/observing.md"), "```csharp\n(.*?)\n```", RegexOptions.Singleline).Select(block => block.Groups[1].Value)];

        Assert.Equal(3, blocks.Length);
        Assert.All(blocks.SelectMany(block => block.Split("\n\n")), part => Assert.Contains(part, tested, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Telemetry_OfTasksWithoutANetwork_ReachesTheCollectorAsOneTrace()
    {
        await using Collector collector = await Collector.StartAsync();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "shop" });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address.ToString(),
            ["OTEL_EXPORTER_OTLP_HEADERS"] = "key=of%20the%20host",
        });
        ObservingPage.AddTo(builder);
        using IHost host = builder.Build();

        await host.StartAsync(Cancelled);
        await Eventually.HoldsAsync(
            () => collector.Spans.Select(span => span.Service).Distinct().Count() == 2 && collector.Metrics.Count > 0,
            () => $"{string.Join('\n', collector.Spans)}\n{string.Join('\n', collector.Metrics)}");
        await host.StopAsync(Cancelled);

        Collector.Span client = Assert.Single(collector.Spans, span => span.Service == "client"), server = Assert.Single(collector.Spans, span => span.Service == "server");
        Assert.Equal((ClientKind, ServerKind), (client.Kind, server.Kind));
        Assert.Equal(client.Trace, server.Trace);
        Assert.Equal((client.Id, ""), (server.Parent, client.Parent));
        Assert.Contains("client rel4.client.call.duration s", collector.Metrics);
        Assert.All(collector.Requests, request => Assert.Equal("of the host", request.Key));
        Assert.All(
            collector.Requests.SelectMany(request => new Message(request.Body).Messages(1)), resource => Assert.Equal("shop", Collector.AttributeOf(resource, "service.namespace")));
    }

    private static string ReadTrimmed(string path)
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Rel4.slnx")))
            folder = folder.Parent!;
        return string.Join('\n', File.ReadAllLines(Path.Combine(folder.FullName, path)).Select(line => line.Trim()));
    }
}
