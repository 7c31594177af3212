using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;
using Rel4.Runtime;

namespace Rel4.Contracts.Tests;

/// <summary>A system of processes: a server of a contract, and its clients.</summary>
internal static class ContractSystem
{
    public const string Service = "service";

    /// <summary>Gets the endpoint that the calling task was granted.</summary>
    public static EndpointCap Endpoint => TaskContext.Endpoint(Service);

    /// <summary>Runs a system until its clients have ended well.</summary>
    /// <returns>What its tasks wrote.</returns>
    public static async Task<IReadOnlyList<string>> RunAsync(Action server, params Action[] clients)
    {
        var output = new Recorder();
        await using RunningSystem system = await StartAsync(output, server, clients);
        foreach (RunningTask task in system.Tasks.Where(task => task.Name.StartsWith("client", StringComparison.Ordinal)))
        {
            await Eventually.HoldsAsync(
                () => task.State is TaskState.Stopped or TaskState.Failed, () => $"{task.Name} goes on. What was written:\n{output.All}");
            Assert.True(task.State == TaskState.Stopped, $"{task.Name} has failed. What was written:\n{output.All}");
        }

        return [.. output.Output];
    }

    /// <summary>Starts a system, "server" and "client0", "client1", ….</summary>
    public static Task<RunningSystem> StartAsync(Recorder output, Action server, params Action[] clients)
    {
        var builder = new SystemBuilder();
        EndpointDefinition service = builder.AddEndpoint(Service);
        builder.AddTask("server", server).Grant(Service, service, CapRights.Read | CapRights.Grant);
        for (int i = 0; i < clients.Length; i++)
            builder.AddTask($"client{i}", clients[i]).Grant(Service, service, CapRights.Write | CapRights.Grant);
        return builder.StartAsync(
            new SupervisionOptions { Output = output, GracePeriod = TimeSpan.FromMilliseconds(200) }, TestContext.Current.CancellationToken);
    }
}
