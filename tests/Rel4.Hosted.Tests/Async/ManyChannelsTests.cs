using System.Globalization;
using Rel4.Hosted.Composition;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Does a server with a thousand channels work?</summary>
[Collection(nameof(OneKernel))]
public sealed class ManyChannelsTests(ITestOutputHelper output)
{
    private const int KernelMemory = 36, ServerMemory = 32, ServerSlots = 14, ClientMemory = 30, ClientSlots = 13;

    [Fact]
    public async Task Server_WithAThousandChannels_AnswersOnEach()
    {
        var builder = new SystemBuilder { Kernel = new HostedKernelOptions(MemoryBits: KernelMemory) };
        EndpointDefinition requests = builder.AddEndpoint(AsyncSystem.Requests);
        builder.AddTask("server", Service.Run).Grant(AsyncSystem.Requests, requests, AsyncSystem.Server).AsyncMemory(ServerMemory).CNodeBits(ServerSlots);
        for (int client = 1; client <= ManyChannelsPrograms.Clients; client++)
        {
            TaskBuilder task = builder.AddTask(string.Create(CultureInfo.InvariantCulture, $"client{client}"), ManyChannelsPrograms.Open)
                .AsyncMemory(ClientMemory).CNodeBits(ClientSlots);
            for (int channel = 0; channel < ManyChannelsPrograms.ChannelsOfEach; channel++)
                task.Grant(ManyChannelsPrograms.NameOf(channel), requests, AsyncSystem.Client, badge: (ulong)client);
        }

        foreach (string line in await AsyncSystem.RunAsync(builder, TimeSpan.FromSeconds(60)))
            output.WriteLine(line);
    }
}
