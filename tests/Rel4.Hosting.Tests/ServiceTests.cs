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
            .AddScoped<IGreeter, Held>()
            .AddRel4Server<IGreeter>("requests", (endpoint, greeter, stop) => GreeterContract.ServeAsync(endpoint, greeter, cancellationToken: stop)));
        int before = Held.Disposed;
        await host.StartAsync(Cancelled);

        await _logs.WaitForAsync(() => _logs.Has("Rel4.Task.caller", LogLevel.Information, "host greets task"));
        Assert.Equal(before, Held.Disposed);
        await host.StopAsync(Cancelled);
        Assert.Equal(before + 1, Held.Disposed);

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
        // As a host does in development.
        builder.ConfigureContainer(new DefaultServiceProviderFactory(new ServiceProviderOptions { ValidateScopes = true }));
        add(builder.Services);
        return builder.Build();
    }

    /// <summary>A service that is disposed of with its scope.</summary>
    private sealed class Held : IGreeter, IDisposable
    {
        private readonly Greeters.Greeter _greeter = new("host");

        public static int Disposed { get; private set; }

        public ValueTask<string> GreetAsync(string name, CancellationToken cancel) => _greeter.GreetAsync(name, cancel);

        public void Dispose() => Disposed++;
    }
}
