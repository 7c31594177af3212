using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;

namespace Rel4.Hosted.Tests.Supervision;

/// <summary>Runs systems whose tasks are processes.</summary>
public sealed class SystemTests
{
    private readonly Recorder _output = new();
    private readonly SystemBuilder _builder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Call_ThroughAGrantedEndpoint_IsAnsweredAndCarriesTheBadge()
    {
        EndpointDefinition requests = _builder.AddEndpoint("requests");
        _builder.AddTask("service", Programs.Double).Grant("requests", requests, CapRights.Read);
        _builder.AddTask("client", Programs.Ask21).Grant("service", requests, CapRights.Write | CapRights.GrantReply, badge: 7);

        await using RunningSystem system = await StartAsync();
        await system["client"].Completion.WaitAsync(Cancellation);

        Assert.Equal(TaskState.Stopped, system["client"].State);
        Assert.Contains("badge 7: 42", _output.Output);
        Assert.Equal(TaskState.Running, system["service"].State);
    }

    private Task<RunningSystem> StartAsync(SupervisionOptions? options = null) =>
        _builder.StartAsync((options ?? new SupervisionOptions()) with { Output = _output }, Cancellation);
}
