using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Rel4.Abi;
using Rel4.AspNetCore;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;
using Rel4.OpenTelemetry.Internal;

namespace Rel4.OpenTelemetry.Tests;

/// <summary>What does a relay take of tasks, and what does the collector get of it?</summary>
public sealed class RelayTests
{
    private const CapRights Sender = CapRights.Write | CapRights.Grant;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_OfATask_AreBoundedAndComeInItsOwnName()
    {
        Collector collector = await Collector.StartAsync();
        var output = new Recorder();
        var builder = new SystemBuilder();
        EndpointDefinition telemetry = builder.AddEndpoint("telemetry");
        builder.Host.Grant("telemetry", telemetry, CapRights.Read | CapRights.Grant);
        builder.AddTask("liar", RelayPrograms.Try).Grant("telemetry", telemetry, Sender);
        builder.AddTask("twin1", RelayPrograms.TryAsOneOfTwo).Grant("telemetry", telemetry, Sender, badge: 77);
        builder.AddTask("twin2", RelayPrograms.TryAsOneOfTwo).Grant("telemetry", telemetry, Sender, badge: 77);
        await using RunningSystem system = await builder.StartAsync(new SupervisionOptions { Output = output }, Cancelled);
        await using TelemetryRelay relay = await TelemetryRelay.StartAsync(
            system,
            TaskContext.Endpoint("telemetry"),
            new TelemetryRelayOptions { Collector = collector.Address, MaxRequestBytes = RelayPrograms.MostBytes, MaxBytesPerSecond = RelayPrograms.MostBytes },
            cancellationToken: Cancelled);

        await Eventually.HoldsAsync(() => system.Tasks.All(task => task.State is TaskState.Stopped or TaskState.Failed), () => output.All);

        Assert.Equal(TaskState.Stopped, system["liar"].State);
        Assert.Equal(
            ["get 405", "elsewhere 404", "json 415", "packed 415", "of no length 411", "too long 413", "random 400", "forged 200", "too often True"],
            output.Of(OutputKind.Output).Where(line => line.Task == "liar").Select(line => line.Text));
        Assert.Equal(["one of two 403", "one of two 403"], output.Of(OutputKind.Output).Where(line => line.Task != "liar").Select(line => line.Text));
        Message resource = new Message(Assert.Single(collector.Requests, request => request.Path == "/v1/traces").Body).Messages(1).Single();
        Assert.Equal("liar", Collector.AttributeOf(resource, "service.name"));
        Assert.Equal("liar", Collector.AttributeOf(resource, "rel4.task"));
        Assert.Equal("as it is", Collector.AttributeOf(resource, "kept"));

        await collector.DisposeAsync();
        await system.AddTaskAsync("late", RelayPrograms.TryInVain, task => task.Grant("telemetry", telemetry, Sender), Cancelled);
        await Eventually.HoldsAsync(() => output.Output.Contains("in vain 503"), () => output.All);
    }

    /// <summary>What can't be told now is none of the client's mistakes: it may try again. Who runs the host is told once, and not for each request.</summary>
    [Fact]
    public async Task Requests_WhoseEndpointWasTakenAway_AreUnavailableAndLoggedOnce()
    {
        var log = new Log();
        using var application = new RelayApplication(
            _ => throw new ArgumentException("not granted"), new TelemetryRelayOptions { Collector = new Uri("http://localhost:1") }, log);

        for (int i = 0; i < 3; i++)
        {
            var features = new FeatureCollection();
            features.Set<IHttpRequestFeature>(new HttpRequestFeature());
            features.Set<IHttpResponseFeature>(new HttpResponseFeature());
            features.Set<IRel4ConnectionFeature>(new Connection());
            HttpContext context = application.CreateContext(features);
            await application.ProcessRequestAsync(context);
            Assert.Equal(StatusCodes.Status503ServiceUnavailable, context.Response.StatusCode);
        }

        Assert.Equal(["Warning: The endpoint for telemetry is taken away, and telemetry of tasks is refused: not granted"], log.Lines);
    }

    [Theory]
    [InlineData("ftp://collector")]
    [InlineData("/v1")]
    public void Collector_ThatIsNotHttp_IsRefused(string address)
    {
        var options = new TelemetryRelayOptions { Collector = new Uri(address, UriKind.RelativeOrAbsolute) };

        Assert.StartsWith("The collector is to be an address such as http://localhost:4318", Assert.Throws<ArgumentException>(options.Check).Message, StringComparison.Ordinal);
    }

    private sealed class Connection : IRel4ConnectionFeature
    {
        public ulong Badge => 7;
    }

    private sealed class Log : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add($"{logLevel}: {formatter(state, exception)}");
    }
}
