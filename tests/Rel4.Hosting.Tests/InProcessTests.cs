using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Sandbox;
using Rel4.Hosted.Supervision;
using Rel4.Streams;

namespace Rel4.Hosting.Tests;

/// <summary>Do plug-ins run inside of the host, where it is asked for so that they can be stepped through with it?</summary>
public sealed class InProcessTests : IDisposable
{
    private const CapRights Client = CapRights.Write | CapRights.Grant, Server = CapRights.Read | CapRights.Grant;

    private readonly Logs _logs = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task Plugin_InProcess_IsAServiceAndTheLogSaysThatNothingIsolatesIt()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Logging.AddProvider(_logs);
        builder.Services
            .AddRel4(system =>
            {
                EndpointDefinition requests = system.AddEndpoint("requests");
                system.AddTask("greeter", Greeters.Serve).Grant("requests", requests, Server).InProcess();
                system.Host.Grant("greeter", requests, Client);
            })
            .AddRel4Client<IGreeter>("greeter", endpoint => GreeterContract.Connect(endpoint));
        using IHost host = builder.Build();
        await host.StartAsync(Cancelled);

        Assert.Equal("task greets host", await host.Services.GetRequiredService<IGreeter>().GreetAsync("host", Cancelled));
        Assert.Contains("is NOT ISOLATED: it runs inside of this process", _logs.All, StringComparison.Ordinal);
        await host.StopAsync(Cancelled);
        await _logs.WaitForAsync(() => _logs.Has("Rel4.Task.greeter", LogLevel.Information, "stopped (exit code 143)"));
    }

    [Fact]
    public async Task WebApplication_InProcess_ServesOverItsEndpointUntilItStopsItself()
    {
        var builder = new SystemBuilder();
        EndpointDefinition requests = builder.AddEndpoint("requests");
        builder.AddTask("web", WebPlugin.RunInProcess).Grant("requests", requests, Server).InProcess();
        builder.Host.Grant("web", requests, Client);
        await using RunningSystem system = await builder.StartAsync(cancellationToken: Cancelled);
        using var handler = new SocketsHttpHandler().UseRel4(system.Host.Endpoint("web"));
        using var client = new HttpClient(handler) { BaseAddress = new Uri("http://web") };

        Assert.StartsWith(", , Production, ", await client.GetStringAsync(new Uri("/settings", UriKind.Relative), Cancelled), StringComparison.Ordinal);
        await client.GetStringAsync(new Uri("/stop", UriKind.Relative), Cancelled);
        await system["web"].Completion.WaitAsync(TimeSpan.FromSeconds(60), Cancelled);

        Assert.Equal(new TaskEnd(0, null), system["web"].LastEnd);
    }
}
