using System.Globalization;
using Rel4.Hosted.Composition;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Is anything lost, doubled or mixed up?</summary>
/// <remarks><c>REL4_SEED</c> chooses sizes, priorities, pauses and delays. <c>REL4_SOAK_MINUTES</c> goes on for so long.</remarks>
[Collection(nameof(OneKernel))]
public sealed class SoakTests(ITestOutputHelper output)
{
    [Fact]
    public Task Traffic_OfManyCoroutinesAndClients_ArrivesOnceAndInOrder() => RunAsync(seconds: 3, clients: 3, delays: 0);

    /// <summary>Each client has one call under way, so a wake-up that is lost is not made good by the next one.</summary>
    [Fact]
    public Task Traffic_WithDelaysBetweenTheStepsOfTheProtocol_LosesNoWakeUp() => RunAsync(seconds: 3, clients: 2, delays: 1);

    private async Task RunAsync(int seconds, int clients, int delays)
    {
        int seed = Soak.Seed(output);
        int duration = Soak.Minutes > 0 ? (int)(Soak.Minutes * 60) : seconds;
        SystemBuilder builder = new();
        EndpointDefinition requests = builder.AddEndpoint(AsyncSystem.Requests);
        Add("server", SoakPrograms.Serve).Grant(AsyncSystem.Requests, requests, AsyncSystem.Server);
        for (int i = 1; i <= clients; i++)
        {
            Add(string.Create(CultureInfo.InvariantCulture, $"client{i}"), SoakPrograms.Call)
                .Grant(AsyncSystem.Requests, requests, AsyncSystem.Client, badge: (ulong)i);
        }

        IReadOnlyList<string> written = await AsyncSystem.RunAsync(builder, TimeSpan.FromSeconds(duration + 30));

        foreach (string line in written)
            output.WriteLine(line);
        Assert.Equal(clients, written.Count);

        TaskBuilder Add(string name, Action program) => builder.AddTask(name, program)
            .Environment(SoakPrograms.Seed, (seed ^ name.Length).ToString(CultureInfo.InvariantCulture))
            .Environment(SoakPrograms.Seconds, duration.ToString(CultureInfo.InvariantCulture))
            .Environment(SoakPrograms.Delays, delays.ToString(CultureInfo.InvariantCulture));
    }
}
