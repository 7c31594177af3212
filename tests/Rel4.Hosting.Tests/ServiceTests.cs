using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Runtime;

namespace Rel4.Hosting.Tests;

/// <summary>Are clients and servers services of the host, also of tasks that come and go?</summary>
public sealed class ServiceTests : IDisposable
{
    private const CapRights Client = CapRights.Write | CapRights.Grant, Server = CapRights.Read | CapRights.Grant;

    private readonly Logs _logs = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task Client_OfAContract_IsAServiceByItsTypeAndByItsEndpoint()
    {
        using IHost host = Build(services => services
            .AddRel4(system =>
            {
                EndpointDefinition requests = system.AddEndpoint("requests");
                system.AddTask("greeter", Greeters.Serve).Grant("requests", requests, Server);
                system.Host.Grant("greeter", requests, Client);
            })
            .AddRel4Client<IGreeter>("greeter", endpoint => GreeterContract.Connect(endpoint))
            .AddRel4Client<IGreeter>("absent", endpoint => GreeterContract.Connect(endpoint)));
        await host.StartAsync(Cancelled);

        IGreeter greeter = host.Services.GetRequiredService<IGreeter>();

        Assert.Equal("task greets host", await greeter.GreetAsync("host", Cancelled));
        Assert.Same(greeter, host.Services.GetRequiredKeyedService<IGreeter>("greeter"));
        InvalidOperationException refused = Assert.Throws<InvalidOperationException>(() => host.Services.GetRequiredKeyedService<IGreeter>("absent"));
        Assert.Contains("no endpoint 'absent'. It has 'greeter' (endpoint)", refused.Message, StringComparison.Ordinal);
        await host.StopAsync(Cancelled);
    }

    [Fact]
    public async Task Server_OfAContract_ServesTasksFromStartToStop()
    {
        using IHost host = Build(services => services
            .AddRel4(system =>
            {
                EndpointDefinition requests = system.AddEndpoint("requests");
                system.AddTask("caller", Greeters.Call).Grant("greeter", requests, Client);
                system.Host.Grant("requests", requests, Server);
            })
            .AddSingleton<IGreeter>(new Greeters.Greeter("host"))
            .AddRel4Server("requests", (services, endpoint, stop) => GreeterContract.ServeAsync(endpoint, services.GetRequiredService<IGreeter>(), cancellationToken: stop)));
        await host.StartAsync(Cancelled);

        await _logs.WaitForAsync(() => _logs.Has("Rel4.Task.caller", LogLevel.Information, "host greets task"));
        await host.StopAsync(Cancelled);

        Assert.False(_logs.Has("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Error, ""), _logs.All);
    }

    [Fact]
    public async Task Server_OfAnEndpointThatTheHostWasNotGranted_EndsTheHostAndSaysWhy()
    {
        using IHost host = Build(services => services.AddRel4(PluginSystem.Compose).AddRel4Server("other", (_, _, _) => ValueTask.CompletedTask));
        await host.StartAsync(Cancelled);

        await host.WaitForShutdownAsync(Cancelled);

        Assert.Contains("no endpoint 'other'", _logs.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plugin_AddedWhileTheHostRuns_IsAServiceUntilItIsRemoved()
    {
        using IHost host = Build(services => services.AddRel4(PluginSystem.Compose));
        await host.StartAsync(Cancelled);
        RunningSystem system = host.Services.GetRequiredService<Rel4System>().Running;
        var calls = new EndpointDefinition("greeter.calls");

        await system.AddTaskAsync("greeter", Greeters.Serve, task => task.Owns(calls).Grant("requests", calls, Server).GrantHost("greeter", calls, Client), Cancelled);
        EndpointCap endpoint = host.Services.GetRequiredKeyedService<EndpointCap>("greeter");
        Assert.Equal("task greets host", await GreeterContract.Connect(endpoint).GreetAsync("host", Cancelled));
        await system.RemoveTaskAsync("greeter", hurry: Cancelled);

        Assert.Throws<InvalidOperationException>(() => host.Services.GetRequiredKeyedService<EndpointCap>("greeter"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => GreeterContract.Connect(endpoint).GreetAsync("host", Cancelled).AsTask());
        await host.StopAsync(Cancelled);
    }

    private IHost Build(Action<IServiceCollection> add)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Logging.AddProvider(_logs);
        add(builder.Services);
        return builder.Build();
    }
}
