using Rel4.Hosted.Composition;
using Rel4.Hosted.Sandbox;
using Rel4.Samples.Kv;

namespace Rel4.Kv.Tests.Service;

/// <summary>Who of the service may do what?</summary>
[Collection(nameof(OneKernel))]
public sealed class CompositionTests
{
    [Fact]
    public void Sockets_OfTheService_AreTheGatewaysOnly() =>
        Assert.Equal(
            ["gateway"],
            KvSystem.Compose(port: 0, KvIpc.Async).Build().Tasks
                .Where(task => task.Sandbox.Sockets != SocketAccess.None)
                .Select(task => task.Name));

    [Fact]
    public async Task SystemFile_OfTheSample_IsTheSameAsItsCode()
    {
        string folder = Path.Combine(Root(), "samples", "kv");
        string text = await File.ReadAllTextAsync(Path.Combine(folder, "system.json"), TestContext.Current.CancellationToken);
        SystemDefinition file = SystemFile.Parse(text.Replace("\"6380\"", "\"0\"", StringComparison.Ordinal), folder);
        await using KvService service = await KvService.StartAsync(file);

        Assert.Equal("OK\n", await RedisTools.RunAsync("redis-cli", service.Port, "", "SET", "key", "value"));

        SystemDefinition code = KvSystem.Compose(port: 0, KvIpc.Async).Build();
        Assert.Equal(code.Tasks.Select(Describe), file.Tasks.Select(Describe));
    }

    /// <summary>Keys are nobody's who has the repository: whoever runs the systems makes them, as the message says.</summary>
    [Theory]
    [InlineData("gateway-1", "rel4 nats key")]
    [InlineData("gateway-2", "rel4 nats key")]
    [InlineData("gateway-3", "rel4 nats key")]
    [InlineData("store-0", "'keys/gateway-1.store-0.nk' is no public key of an NKey user")]
    [InlineData("store-1", "'keys/gateway-3.store-1.nk' is no public key of an NKey user")]
    public void SystemFile_OfAMachineWithoutKeys_IsRefused(string machine, string message)
    {
        string path = Path.Combine(Root(), "samples", "kv", "machines", $"{machine}.json");

        SystemDefinitionException refused = Assert.Throws<SystemDefinitionException>(() => SystemFile.Load(path));

        Assert.Contains(message, string.Join('\n', refused.Problems), StringComparison.Ordinal);
    }

    /// <summary>Describes what a task holds and may, without the program that it is a part of.</summary>
    private static string Describe(TaskDefinition task) => string.Join('\n',
    [
        $"{task.Name} {task.Program.Method} {task.Restart} {task.Sandbox.Sockets} {task.Sandbox.OpenDescriptors}",
        .. task.Grants.Select(grant => $"{grant.Name}: {grant.Object.Name} {grant.Rights} {grant.Badge}"),
        .. task.Environment.Select(variable => $"{variable.Key}={variable.Value.ToLowerInvariant()}"),
    ]);

    private static string Root()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Rel4.slnx")))
            folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}
