using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Sandbox;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Do the programs of docs/async.md do what it says?</summary>
[Collection(nameof(OneKernel))]
public sealed class AsyncPageTests
{
    [Fact]
    public void Programs_OfThePage_AreThoseTestedHere()
    {
        string[] programs = ReadTrimmed("tests/Rel4.Hosted.Tests/Async/AsyncPage.cs");
        string tested = string.Join('\n', programs);
        string page = string.Join('\n', ReadTrimmed("docs/async.md"));

        string[] blocks = [.. Regex.Matches(page, "```csharp\n(.*?)\n```", RegexOptions.Singleline).Select(block => block.Groups[1].Value)];

        Assert.Equal(5, blocks.Length);
        Assert.All(blocks.SelectMany(block => block.Split("\n\n")), part => Assert.Contains(part, tested, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Calls_OfThePage_AreAnswered()
    {
        SystemBuilder builder = Compose(AsyncPage.Client.Run);
        Assert.Equal(["answer to key"], await AsyncSystem.RunAsync(builder));
        Assert.Equal(["answer to {\"Item\":\"tea\",\"Count\":2}"], await AsyncSystem.RunAsync(Compose(AsyncPage.Writer.Run)));
    }

    [Fact]
    public async Task Handlers_OfThePage_WaitTogether() =>
        Assert.Equal(["price of tea"], await AsyncSystem.RunAsync(Compose(AsyncPage.WebServer.Run, server: AsyncPage.WaitingServer.Run)));

    /// <summary>More come than it takes, and all are reset; then there is room again.</summary>
    [Fact]
    public async Task Gateway_OfThePage_OutlivesItsClients()
    {
        var output = new Recorder();
        await using RunningSystem system = await AsyncSystem.StartAsync(
            Compose(AsyncPage.Gateway.Run, new SandboxPolicy { Sockets = SocketAccess.Internet, OpenDescriptors = 800 }), output);
        await Eventually.HoldsAsync(() => output.Output.Any(line => line.StartsWith("listening on ", StringComparison.Ordinal)), () => output.All);
        var address = IPEndPoint.Parse(output.Output.First(line => line.StartsWith("listening on ", StringComparison.Ordinal))["listening on ".Length..]);
        using Socket first = Connect(address);
        Assert.Equal("answer to a", Ask(first, "a"));
        Socket[] many = [.. Enumerable.Range(0, 400).Select(_ => Connect(address))];

        Assert.Equal("answer to b", Ask(first, "b"));
        foreach (Socket client in many)
        {
            client.LingerState = new LingerOption(enable: true, 0);
            client.Dispose();
        }

        Assert.Equal("answer to c", Ask(first, "c"));
        await Eventually.HoldsAsync(() => TryAsk(address, "d") == "answer to d", () => output.All);
        Assert.Equal(0, system["client"].Restarts);
    }

    private static SystemBuilder Compose(Action client, SandboxPolicy? sandbox = null, Action? server = null)
    {
        var builder = new SystemBuilder();
        EndpointDefinition requests = builder.AddEndpoint("requests");
        builder.AddTask("server", server ?? AsyncPage.Server.Run).Grant("requests", requests, AsyncSystem.Server);
        TaskBuilder task = builder.AddTask("client", client).Grant("store", requests, AsyncSystem.Client);
        if (sandbox is not null)
            task.Sandbox(sandbox);
        return builder;
    }

    private static Socket Connect(IPEndPoint address)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 30_000 };
        client.Connect(address);
        return client;
    }

    private static string Ask(Socket client, string question)
    {
        byte[] answer = new byte[64];
        client.Send(Encoding.ASCII.GetBytes(question));
        return Encoding.ASCII.GetString(answer, 0, client.Receive(answer));
    }

    /// <summary>Asks as one who may be turned away.</summary>
    private static string TryAsk(IPEndPoint address, string question)
    {
        using Socket client = Connect(address);
        try
        {
            return Ask(client, question);
        }
        catch (SocketException turnedAway)
        {
            return turnedAway.Message;
        }
    }

    private static string[] ReadTrimmed(string path)
    {
        string? folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder!, "Rel4.slnx")))
            folder = Path.GetDirectoryName(folder);
        return [.. File.ReadLines(Path.Combine(folder!, path)).Select(line => line.Trim())];
    }
}
