using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Can two tasks give each other frames with one call?</summary>
[Collection(nameof(OneKernel))]
public sealed class FrameTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Call_WithAFrame_IsAnsweredWithOneIfTheServerMayGrant()
    {
        var recorder = new Recorder();
        var builder = new SystemBuilder();
        EndpointDefinition generous = builder.AddEndpoint("generous"), miserly = builder.AddEndpoint("miserly");
        builder.AddTask("server", FramePrograms.Take).Grant("requests", generous, CapRights.Read | CapRights.Grant);
        builder.AddTask("miser", FramePrograms.Take).Grant("requests", miserly, CapRights.Read);
        builder.AddTask("client", FramePrograms.Offer)
            .Grant("server", generous, CapRights.Write | CapRights.Grant).Grant("miser", miserly, CapRights.Write | CapRights.Grant);

        await using RunningSystem system = await builder.StartAsync(
            new SupervisionOptions { Output = recorder }, TestContext.Current.CancellationToken);
        await system["client"].Completion.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        output.WriteLine(recorder.All);
        Assert.True(system["client"].LastEnd?.IsSuccess, recorder.All);
        Assert.Equal(
            ["Page4K server True", "LargePage server True", "Page4K miser False"],
            recorder.Output.Where(line => !line.StartsWith("first", StringComparison.Ordinal)));
    }
}
