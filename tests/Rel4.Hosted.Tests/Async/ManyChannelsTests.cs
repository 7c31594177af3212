using System.Globalization;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Does a server with many channels work?</summary>
/// <remarks>Two hundred; with <c>REL4_SOAK_MINUTES</c> a thousand.</remarks>
[Collection(nameof(OneKernel))]
public sealed class ManyChannelsTests(ITestOutputHelper output)
{
    private const int KernelMemory = 36, ServerMemory = 32, ServerSlots = 14, ClientMemory = 30, ClientSlots = 13;

    [Fact]
    public async Task Server_WithManyChannels_AnswersOnEach()
    {
        int channels = Soak.Minutes > 0 ? 250 : 50;
        var builder = new SystemBuilder { Kernel = new HostedKernelOptions(MemoryBits: KernelMemory) };
        EndpointDefinition requests = builder.AddEndpoint(AsyncSystem.Requests);
        builder.AddTask("server", Service.Run).Grant(AsyncSystem.Requests, requests, AsyncSystem.Server).AsyncMemory(ServerMemory).CNodeBits(ServerSlots);
        for (int client = 1; client <= ManyChannelsPrograms.Clients; client++)
        {
            TaskBuilder task = builder.AddTask(string.Create(CultureInfo.InvariantCulture, $"client{client}"), ManyChannelsPrograms.Open)
                .AsyncMemory(ClientMemory).CNodeBits(ClientSlots)
                .Environment(ManyChannelsPrograms.Channels, channels.ToString(CultureInfo.InvariantCulture));
            for (int channel = 0; channel < channels; channel++)
                task.Grant(ManyChannelsPrograms.NameOf(channel), requests, AsyncSystem.Client, badge: (ulong)client);
        }

        var recorder = new Recorder();
        await using RunningSystem system = await AsyncSystem.StartAsync(builder, recorder);
        await Eventually.HoldsAsync(() => Measured().Count() == ManyChannelsPrograms.Clients, () => recorder.All, TimeSpan.FromSeconds(90));
        foreach (string line in Measured())
            output.WriteLine(line);

        IEnumerable<string> Measured() => recorder.Output.Where(line => line.Contains("a call took", StringComparison.Ordinal));
    }
}
