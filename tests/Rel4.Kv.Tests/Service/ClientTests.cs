using System.Text;
using Rel4.Cli.Demo;
using Rel4.Samples.Kv;

namespace Rel4.Kv.Tests.Service;

/// <summary>Do the clients that people have work with the service?</summary>
[Collection(nameof(OneKernel))]
public sealed class ClientTests
{
    /// <summary>Every command, and what <c>redis-cli</c> shows of its reply; <c>*</c> for what differs from run to run.</summary>
    private static readonly (string Command, string Reply)[] s_script =
    [
        ("PING", "PONG"), ("ECHO \"hello world\"", "hello world"), ("SELECT 1", "OK"), ("SELECT 0", "OK"),
        ("FLUSHDB", "OK"), ("DBSIZE", "0"),
        ("SET key value", "OK"), ("GET key", "value"), ("SET key other NX", ""), ("SET key other XX GET", "value"),
        ("SET short x EX 100", "OK"), ("TTL short", "100"), ("SET short y KEEPTTL", "OK"), ("EXPIRE short 50", "1"), ("TTL key", "-1"),
        ("MSET a 1 b 2", "OK"), ("MGET a b c", "1\n2\n"), ("INCR a", "2"), ("EXISTS a b c", "2"), ("DEL a c", "1"),
        ("KEYS s*", "short"), ("SCAN 0 MATCH k* COUNT 100", "0\nkey"), ("DBSIZE", "3"),
        ("CLIENT SETNAME me", "OK"), ("CLIENT GETNAME", "me"), ("CLIENT ID", "*"), ("CLIENT LIST", "*"), ("CLIENT INFO", "*"),
        ("CONFIG GET save", "save\n"), ("CONFIG RESETSTAT", "OK"), ("COMMAND COUNT", "22"), ("COMMAND", "*"), ("COMMAND DOCS", "*"),
        ("INFO", "*"), ("HELLO", "*"), ("HELLO 3", "*"), ("GET missing", ""), ("HELLO 2", "*"),
        ("FLUSHDB", "OK"),
    ];

    [Theory]
    [InlineData(KvIpc.Async)]
    [InlineData(KvIpc.Sync)]
    public async Task RedisCli_OfEveryCommand_ShowsNoError(KvIpc ipc)
    {
        await using KvService service = await KvService.StartAsync(ipc);
        const string Separator = "PING ----\n";
        string script = string.Concat(s_script.Select(line => $"{line.Command}\n{Separator}"));

        string output = await RedisTools.RunAsync("redis-cli", service.Port, script);
        string[] replies = output.Split("----\n", StringSplitOptions.RemoveEmptyEntries);
        // Given as a line, QUIT would not leave redis-cli.
        Assert.Equal("OK\n", await RedisTools.RunAsync("redis-cli", service.Port, "", "QUIT"));

        Assert.Equal(s_script.Length, replies.Length);
        foreach (((string command, string expected), string reply) in s_script.Zip(replies))
        {
            Assert.DoesNotContain("ERR", reply, StringComparison.Ordinal);
            if (expected != "*")
                Assert.Equal($"{command}: {expected}\n", $"{command}: {reply}");
        }
    }

    [Theory]
    [InlineData(KvIpc.Async)]
    [InlineData(KvIpc.Sync)]
    [InlineData(KvIpc.None)]
    public async Task RedisBenchmark_WithPipelines_FindsNoError(KvIpc ipc)
    {
        await using KvService service = await KvService.StartAsync(ipc);

        string output = await RedisTools.RunAsync(
            "redis-benchmark", service.Port, "", "-t", "get,set,incr,mset", "-P", "16", "-c", "50", "-n", "8000", "--csv");

        Assert.DoesNotContain("rror", output, StringComparison.Ordinal);
        Assert.All(
            ["SET", "GET", "INCR", "MSET (10 keys)"],
            test => Assert.True(RedisBenchmark.Parse(output, test) is { RequestsPerSecond: > 0 }, output));
        Assert.Equal("8000\n", await RedisTools.RunAsync("redis-cli", service.Port, "", "GET", "counter:__rand_int__"));
    }

    [Theory]
    [InlineData(KvIpc.Async, 1 << 20)]
    [InlineData(KvIpc.Async, 64 << 20)]
    [InlineData(KvIpc.Sync, 1 << 20)]
    public async Task Value_OfAnySize_ComesBack(KvIpc ipc, int size)
    {
        await using KvService service = await KvService.StartAsync(ipc);
        string value = string.Create(size, 0, static (place, _) =>
        {
            for (int i = 0; i < place.Length; i++)
                place[i] = (char)('a' + (i % 23));
        });

        Assert.Equal("OK\n", await RedisTools.RunAsync("redis-cli", service.Port, value, "-x", "SET", "large"));
        string found = await RedisTools.RunAsync("redis-cli", service.Port, "", "GET", "large");

        Assert.True(found.AsSpan().TrimEnd('\n').SequenceEqual(value), $"{found.Length} bytes came back");
    }

    [Fact]
    public async Task Writes_OfClients_AreHeardByTheAuditOnceAndInOrder()
    {
        const int Count = 300;
        await using KvService service = await KvService.StartAsync(KvIpc.Async, showWrites: true);
        var script = new StringBuilder();
        for (int i = 1; i <= Count; i++)
            script.Append(i % 3 == 0 ? $"DEL key:{i - 1}\n" : $"SET key:{i} {new string('v', i)}\n");

        await RedisTools.RunAsync("redis-cli", service.Port, script.ToString());
        await service.HoldsAsync(() => service.LinesOf("audit").Contains($"{Count} writes, in order"));

        Assert.Equal(
            Enumerable.Range(1, Count)
                .Select(i => i % 3 == 0 ? $"#{i} Delete db0 key:{i - 1} (0 bytes)" : $"#{i} Set db0 key:{i} ({i} bytes)"),
            service.LinesOf("audit").Where(line => line.StartsWith('#')));
    }
}
