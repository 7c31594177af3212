using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Is a system of clients and one server that talk asynchronously.</summary>
internal static class AsyncSystem
{
    public const CapRights Client = CapRights.Write | CapRights.Grant;
    public const CapRights Server = CapRights.Read | CapRights.Grant;

    /// <summary>The name under which a client finds its server, and a server its clients.</summary>
    public const string Requests = "requests";

    /// <summary>Gets the endpoint that the calling task was granted.</summary>
    public static EndpointCap Endpoint => TaskContext.Endpoint(Requests);

    /// <summary>Composes a server and clients, whose badges are 1, 2, ….</summary>
    public static SystemBuilder Compose(Action server, params ReadOnlySpan<Action> clients)
    {
        var composition = new AsyncComposition(server);
        foreach (Action client in clients)
            composition.AddClient(client);
        return composition.Builder;
    }

    /// <summary>Runs a system until its clients have ended.</summary>
    /// <returns>What its tasks wrote.</returns>
    public static async Task<IReadOnlyList<string>> RunAsync(SystemBuilder builder, TimeSpan? limit = null)
    {
        var output = new Recorder();
        await using RunningSystem system = await StartAsync(builder, output);
        await EndOfClientsAsync(system, output, limit);
        return [.. output.Output];
    }

    /// <summary>Waits until all clients have ended well.</summary>
    public static async Task EndOfClientsAsync(RunningSystem system, Recorder output, TimeSpan? limit = null)
    {
        foreach (RunningTask task in system.Tasks.Where(task => task.Name.StartsWith("client", StringComparison.Ordinal)))
        {
            await Eventually.HoldsAsync(
                () => task.State is TaskState.Stopped or TaskState.Failed, () => $"{task.Name} goes on. What was written:\n{output.All}", limit);
            Assert.True(task.State == TaskState.Stopped, $"{task.Name} has failed. What was written:\n{output.All}");
        }
    }

    /// <summary>Starts a system whose output a test looks at.</summary>
    public static Task<RunningSystem> StartAsync(SystemBuilder builder, Recorder output) =>
        builder.StartAsync(new SupervisionOptions { Output = output, GracePeriod = TimeSpan.FromMilliseconds(200) }, TestContext.Current.CancellationToken);
}
