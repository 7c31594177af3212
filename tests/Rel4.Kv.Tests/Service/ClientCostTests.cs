using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Sandbox;
using Rel4.Samples.Kv;
using Rel4.Samples.Kv.Gateway;

namespace Rel4.Kv.Tests.Service;

/// <summary>What do clients cost the gateway that send much, or ask for much and take nothing?</summary>
[Collection(nameof(OneKernel))]
public sealed class ClientCostTests
{
    private const int ValueLength = 256 << 10;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The store has more to say to each; the gateway asks for it when the client has taken what is there.</summary>
    [Fact]
    public async Task Clients_ThatTakeNoReplies_HaveAMegabyteEachKept()
    {
        const int Clients = 64, Reads = 40;
        await using KvService service = await KvService.StartAsync(KvIpc.Async);
        await SetAsync(service);
        long before = MemoryOf(service);
        Socket[] clients = [.. Enumerable.Range(0, Clients).Select(_ => Connect(service))];
        try
        {
            foreach (Socket client in clients)
                await AskAsync(client, Reads);
            await HoldsAsync(service, "stats", line => Number(line, "total_commands_processed:") >= Clients * Reads);
            // The store serves the gateway in order, so that all of them have what they will be given.
            await RedisTools.RunAsync("redis-cli", service.Port, "", "GET", "missing");

            Assert.InRange(MemoryOf(service) - before, long.MinValue, Clients * (4L << 20));
        }
        finally
        {
            Array.ForEach(clients, client => client.Dispose());
        }
    }

    [Fact]
    public async Task Client_ThatTakesNoRepliesForLong_IsGivenUp()
    {
        var builder = new SystemBuilder();
        builder.AddTask("gateway", ServeImpatiently)
            .Environment(KvSettings.IpcVariable, $"{KvIpc.None}")
            .Sandbox(new SandboxPolicy { Sockets = SocketAccess.Internet });
        await using KvService service = await KvService.StartAsync(builder.Build());
        await SetAsync(service);
        using Socket client = Connect(service);

        await AskAsync(client, reads: 100);

        await HoldsAsync(service, "stats", line => Number(line, "total_commands_processed:") >= 100);
        await HoldsAsync(service, "clients", line => line == "connected_clients:1");
        Assert.Equal(0, service["gateway"].Restarts);
    }

    [Theory]
    [InlineData(1, 32 << 20)]
    [InlineData(1_000_000, 1)]
    public void Command_ThatWasLarge_LeavesNoMemoryTaken(int words, int length)
    {
        var session = new ClientSession(new ServerState(TimeProvider.System, KvIpc.None, 1), 1, "test");
        long before = GC.GetTotalMemory(forceFullCollection: true);

        Gather(session, words, length);

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 1 << 20);
        GC.KeepAlive(session);
    }

    private static void ServeImpatiently() => GatewayTask.Serve(patience: TimeSpan.FromSeconds(1));

    private static Socket Connect(KvService service)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        client.Connect(IPAddress.Loopback, service.Port);
        return client;
    }

    private static async Task SetAsync(KvService service) =>
        Assert.Equal("OK\n", await RedisTools.RunAsync("redis-cli", service.Port, new string('v', ValueLength), "-x", "SET", "long"));

    private static async Task AskAsync(Socket client, int reads) =>
        await client.SendAsync(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("GET long\r\n", reads))), Cancellation);

    /// <summary>Waits until INFO has such a line.</summary>
    private static async Task HoldsAsync(KvService service, string section, Predicate<string> condition)
    {
        DateTime end = DateTime.UtcNow + TimeSpan.FromSeconds(60);
        string info = "";
        while (!info.Split("\r\n").Any(line => condition(line)))
        {
            Assert.True(DateTime.UtcNow < end, info);
            info = await RedisTools.RunAsync("redis-cli", service.Port, "", "INFO", section);
        }
    }

    private static long Number(string line, string name) =>
        line.StartsWith(name, StringComparison.Ordinal) ? long.Parse(line.AsSpan(name.Length), CultureInfo.InvariantCulture) : 0;

    private static long MemoryOf(KvService service)
    {
        string line = File.ReadLines($"/proc/{service["gateway"].ProcessId}/status").First(line => line.StartsWith("RssAnon:", StringComparison.Ordinal));
        return 1024 * Number(line[..^" kB".Length], "RssAnon:");
    }

    // What it takes itself is gone when it returns, and nothing comes from pools.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Gather(ClientSession session, int words, int length)
    {
        var command = new MemoryStream();
        command.Write(Encoding.ASCII.GetBytes($"*{words + 1}\r\n$3\r\nDEL\r\n"));
        byte[] word = [.. Encoding.ASCII.GetBytes($"${length}\r\n"), .. new byte[length], .. "\r\n"u8];
        for (int i = 0; i < words; i++)
            command.Write(word);
        ReadOnlyMemory<byte> bytes = command.GetBuffer().AsMemory(0, (int)command.Length);
        session.Gather(ref bytes);
        Assert.Single(session.Pending);
        session.Clear();
    }
}
