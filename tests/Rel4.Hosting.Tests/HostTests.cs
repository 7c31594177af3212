using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Runtime;

namespace Rel4.Hosting.Tests;

/// <summary>Does a system live with its generic host?</summary>
public sealed class HostTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly Logs _logs = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task Host_OneAfterAnother_StartsTheSystemAndGivesServicesItsEndpointsAndStopsIt()
    {
        for (int i = 0; i < 2; i++)
        {
            using IHost host = Build(services => services.AddRel4(PluginSystem.Compose).AddSingleton<Caller>().AddHostedService(services => services.GetRequiredService<Caller>()));
            await host.StartAsync(Cancelled);
            RunningSystem system = host.Services.GetRequiredService<Rel4System>().Running;

            Assert.Equal("HELLO", await host.Services.GetRequiredService<Caller>().Answer.WaitAsync(s_limit, Cancelled));

            await host.StopAsync(Cancelled);
            Assert.Equal(TaskState.Stopped, system["plugin"].State);
            Assert.False(TaskContext.IsAvailable);
            Assert.Throws<InvalidOperationException>(() => host.Services.GetRequiredService<Rel4System>().Running);
        }
    }

    [Fact]
    public async Task AddRel4_Twice_ComposesOneSystem()
    {
        using IHost host = Build(services => services.AddRel4(PluginSystem.Compose)
            .AddRel4((_, system) => system.AddTask("other", Plugin.Fail)));
        await host.StartAsync(Cancelled);

        Assert.Equal(["plugin", "other"], host.Services.GetRequiredService<Rel4System>().Running.Tasks.Select(task => task.Name));
        await host.StopAsync(Cancelled);
    }

    [Fact]
    public async Task Output_OfATask_IsLoggedUnderItsCategoryAndMadePrintable()
    {
        using IHost host = Build(services => services.AddRel4(PluginSystem.Compose));
        await host.StartAsync(Cancelled);

        await _logs.WaitForAsync(() => _logs.Has("Rel4.Task.plugin", LogLevel.Information, "serves \u241b[31mnow"));
        await _logs.WaitForAsync(() => _logs.Has("Rel4.Task.plugin", LogLevel.Warning, "beware"));
        Assert.True(_logs.Has("Rel4.Task.plugin", LogLevel.Information, "runs as process"), _logs.All);
        await host.StopAsync(Cancelled);
    }

    [Fact]
    public async Task Health_OfTasksThatRunWaitAndFail_IsHealthyDegradedAndUnhealthy()
    {
        using IHost host = Build(services => services.AddRel4(system =>
            PluginSystem.Compose(system, new RestartPolicy { When = RestartCondition.Always, FirstDelay = TimeSpan.FromHours(1), LongestDelay = TimeSpan.FromHours(1) })));
        HealthCheckService health = host.Services.GetRequiredService<HealthCheckService>();
        Assert.Equal(HealthStatus.Unhealthy, (await health.CheckHealthAsync(Cancelled)).Status);
        await host.StartAsync(Cancelled);
        Assert.Equal(HealthStatus.Healthy, (await health.CheckHealthAsync(Cancelled)).Status);

        EndpointCap plugin = host.Services.GetRequiredKeyedService<EndpointCap>("plugin");
        await Assert.ThrowsAsync<ChannelEndedException>(() => plugin.CallAsync(Plugin.Die, default, Cancelled).AsTask());
        RunningTask task = host.Services.GetRequiredService<Rel4System>().Running["plugin"];
        await _logs.WaitForAsync(() => task.State == TaskState.BackingOff);

        HealthReport report = await health.CheckHealthAsync(Cancelled);
        Assert.Equal(HealthStatus.Degraded, report.Status);
        HealthReportEntry entry = report.Entries[Rel4ServiceCollectionExtensions.HealthCheckName];
        Assert.Equal(("wait to be started again: plugin", (object)"BackingOff"), (entry.Description, entry.Data["plugin"]));
        await host.StopAsync(Cancelled);
    }

    [Fact]
    public async Task Health_WithATaskThatFailed_IsUnhealthyAndNamesIt()
    {
        using IHost host = Build(services => services.AddRel4(system => system.AddTask("broken", Plugin.Fail)));
        await host.StartAsync(Cancelled);
        await host.Services.GetRequiredService<Rel4System>().Running.Completion.WaitAsync(s_limit, Cancelled);

        HealthReport report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancelled);

        Assert.Equal(HealthStatus.Unhealthy, report.Status);
        Assert.Equal("failed: broken", report.Entries[Rel4ServiceCollectionExtensions.HealthCheckName].Description);
        await host.StopAsync(Cancelled);
    }

    [Fact]
    public async Task Start_OfASystemThatCannot_EndsTheHostAndSaysWhy()
    {
        using IHost host = Build(services => services.AddRel4(system => system.AddTask("absent", "/nowhere/absent.dll")));

        Exception refusal = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync(Cancelled));

        Assert.Contains("absent", refusal.Message, StringComparison.Ordinal);
        Assert.True(_logs.Has("Rel4.System", LogLevel.Critical, "The system can't start"), _logs.All);
    }

    [Fact]
    public async Task Start_OfASystemWithoutTasks_EndsTheHostAndSaysWhy()
    {
        using IHost host = Build(services => services.AddRel4(_ => { }));

        SystemDefinitionException refusal = await Assert.ThrowsAsync<SystemDefinitionException>(() => host.StartAsync(Cancelled));

        Assert.Contains("it has no task", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_OfTheConfiguration_AreTaken()
    {
        using IHost host = Build(
            services => services.AddRel4(PluginSystem.Compose), ("Rel4:GracePeriod", "00:00:07"), ("Rel4:Name", "shop"), ("Rel4:IsObservable", "false"), ("Rel4:IsControllable", "true"));

        Rel4Options options = host.Services.GetRequiredService<IOptions<Rel4Options>>().Value;

        Assert.Equal((TimeSpan.FromSeconds(7), "shop", false, true), (options.GracePeriod, options.Name, options.IsObservable, options.IsControllable));
    }

    [Theory]
    [InlineData("Rel4:GracePeriod", "soon", "no length of time")]
    [InlineData("Rel4:IsObservable", "perhaps", "neither 'true' nor 'false'")]
    [InlineData("Rel4:GracePeroid", "00:00:07", "does not know")]
    public async Task Options_ThatMakeNoSense_EndTheHostAndSayWhy(string key, string value, string message)
    {
        using IHost host = Build(services => services.AddRel4(PluginSystem.Compose), (key, value));

        InvalidOperationException refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync(Cancelled));

        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endpoint_AskedForWhileTheSystemIsComposed_IsRefused()
    {
        using IHost host = Build(services => services.AddRel4((services, _) => services.GetRequiredKeyedService<EndpointCap>("plugin")));

        InvalidOperationException refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync(Cancelled));

        Assert.Contains("being composed", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endpoint_ThatTheHostWasNotGranted_IsRefusedAndSaysWhatItHas()
    {
        using IHost host = Build(services => services.AddRel4(PluginSystem.Compose));
        await host.StartAsync(Cancelled);

        InvalidOperationException refusal = Assert.Throws<InvalidOperationException>(() => host.Services.GetRequiredKeyedService<EndpointCap>("other"));

        Assert.Contains("It has 'plugin'", refusal.Message, StringComparison.Ordinal);
        await host.StopAsync(Cancelled);
    }

    private IHost Build(Action<IServiceCollection> add, params (string Key, string Value)[] settings)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.Logging.AddProvider(_logs);
        add(builder.Services);
        return builder.Build();
    }
}
