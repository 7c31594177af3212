using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Rel4.Samples.Kv;
using Rel4.Samples.Kv.Gateway;

namespace Rel4.Kv.Tests.Service;

/// <summary>What becomes of the gateway when more clients come than it has descriptors for?</summary>
[Collection(nameof(OneKernel))]
public sealed class CrowdTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Each gets an answer: a reply, or that there are too many. Then places that become free are given away again.</summary>
    [Theory]
    [InlineData(4_200)]
    [InlineData(9_000)]
    public async Task Connections_BeyondTheDescriptors_AreToldAndTheOthersServed(int count)
    {
        await using KvService service = await KvService.StartAsync(KvIpc.Async);
        var clients = new List<Socket>();
        try
        {
            for (int i = 0; i < count; i++)
            {
                var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                clients.Add(client);
                await client.ConnectAsync(IPAddress.Loopback, service.Port, Cancellation);
            }

            string[] answers = await Task.WhenAll(clients.Select(PingAsync)).WaitAsync(s_limit, Cancellation);

            int served = answers.Count(answer => answer == "+PONG\r\n");
            // The others were told, or found their connection closed when they wrote to it.
            Assert.All(answers, answer => Assert.Contains(answer, (string[])["+PONG\r\n", $"-{Errors.TooManyClients}\r\n", "closed"]));
            Assert.Equal(4096 - 512, served);
            Assert.Equal(0, service["gateway"].Restarts);

            for (int i = 0; i < 10; i++)
                clients[Array.IndexOf(answers, "+PONG\r\n", i)].Dispose();
            var clock = Stopwatch.StartNew();
            string late = "";
            while (late != "+PONG\r\n" && clock.Elapsed < s_limit)
            {
                using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await client.ConnectAsync(IPAddress.Loopback, service.Port, Cancellation);
                late = await PingAsync(client);
            }

            Assert.Equal("+PONG\r\n", late);
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    private static async Task<string> PingAsync(Socket client)
    {
        byte[] answer = new byte[64];
        try
        {
            await client.SendAsync("PING\r\n"u8.ToArray(), Cancellation);
            int length = await client.ReceiveAsync(answer, Cancellation);
            return length == 0 ? "closed" : Encoding.ASCII.GetString(answer, 0, length);
        }
        catch (SocketException)
        {
            return "closed";
        }
    }
}
