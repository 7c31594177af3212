using System.Globalization;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Can a thousand senders of several tasks signal one?</summary>
[Collection(nameof(OneKernel))]
public sealed class CrowdTests(ITestOutputHelper output)
{
    [Fact]
    public async Task TryPost_ByEachOfAThousandSenders_ReachesTheOneReceiver()
    {
        var recorder = new Recorder();
        var builder = new SystemBuilder();
        NotificationDefinition server = builder.AddNotification("server");
        TaskBuilder echo = builder.AddTask("server", CrowdPrograms.Echo).Grant("own", server, CapRights.Read);
        for (int client = 0; client < CrowdPrograms.Clients; client++)
        {
            string name = CrowdPrograms.NameOf(client);
            NotificationDefinition own = builder.AddNotification(name);
            echo.Grant(name, own, CapRights.Write, badge: 1);
            builder.AddTask(name, CrowdPrograms.Signal).Environment(CrowdPrograms.Number, client.ToString(CultureInfo.InvariantCulture))
                .Grant("own", own, CapRights.Read).Grant("server", server, CapRights.Write, badge: 1ul << client);
        }

        await using RunningSystem system = await builder.StartAsync(
            new SupervisionOptions { Output = recorder }, TestContext.Current.CancellationToken);
        for (int client = 0; client < CrowdPrograms.Clients; client++)
            await system[CrowdPrograms.NameOf(client)].Completion.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        output.WriteLine(recorder.All);
        Assert.Equal(CrowdPrograms.Clients, recorder.Output.Count(line => line.Contains("answered", StringComparison.Ordinal)));
        Assert.Equal(TaskState.Running, system["server"].State);
    }
}
