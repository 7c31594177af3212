using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Can a task start further threads, wherever it starts them from?</summary>
[Collection(nameof(OneKernel))]
public sealed class ThreadTests
{
    private readonly Recorder _recorder = new();
    private readonly SystemBuilder _builder = new() { Kernel = new HostedKernelOptions(Placement: KernelPlacement.Together) };

    [Fact]
    public async Task StartThread_FromSeveralThreadsAtOnce_GivesEachItsOwn()
    {
        EndpointDefinition requests = _builder.AddEndpoint("requests");
        _builder.AddTask("service", Supervision.Programs.Double).Grant("requests", requests, CapRights.Read);
        _builder.AddTask("client", ThreadPrograms.StartAtOnce).Grant("service", requests, CapRights.Write | CapRights.GrantReply);

        await RunAsync("client");

        Assert.Equal(["all answered"], _recorder.Output);
    }

    [Fact]
    public async Task StartThread_ByAThreadOnTheKernelsProcessor_StartsOneThatRunsAnywhere()
    {
        _builder.AddTask("task", ThreadPrograms.ShowPlaces).Grant("own", _builder.AddNotification("own"), CapRights.Read);

        await RunAsync("task");

        string[] places = Assert.Single(_recorder.Output).Split('|');
        Assert.All(places[2..], place => Assert.Equal(places[0], place));
    }

    private async Task RunAsync(string task)
    {
        await using RunningSystem system = await _builder.StartAsync(
            new SupervisionOptions { Output = _recorder }, TestContext.Current.CancellationToken);
        await system[task].Completion.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.True(system[task].LastEnd?.IsSuccess, _recorder.All);
    }
}
