using Rel4.Cli.Demo;
using Rel4.Samples.Kv;
using Rel4.Samples.Kv.Gateway;

namespace Rel4.Kv.Tests.Service;

/// <summary>What do clients notice when a process of the service dies?</summary>
[Collection(nameof(OneKernel))]
public sealed class KillTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(KvIpc.Async)]
    [InlineData(KvIpc.Sync)]
    public async Task Kill_OfTheStoreUnderLoad_FailsRequestsAndNoConnection(KvIpc ipc)
    {
        const int Kills = 3;
        await using KvService service = await KvService.StartAsync(ipc);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        long[] answered = new long[8];
        Task[] clients = [.. Enumerable.Range(0, answered.Length).Select(number => Task.Run(() => UseAsync(number), Cancellation))];

        for (int kills = 1; kills <= Kills; kills++)
        {
            await AllServedAsync();
            service.Kill("store");
            await service.HoldsAsync(() => service["store"].Restarts == kills && service["store"].ProcessId is not null);
        }

        await AllServedAsync();
        await stop.CancelAsync();
        await Task.WhenAll(clients);
        Assert.Equal(0, service["gateway"].Restarts);
        Assert.Equal(0, service["audit"].Restarts);

        async Task UseAsync(int number)
        {
            using RespConnection connection = await RespConnection.OpenAsync(service.Port, Cancellation);
            byte[] requests = RespConnection.Write(["SET", $"key:{number}", "value"], times: 4);
            while (!stop.IsCancellationRequested)
            {
                string? error = await connection.ExchangeAsync(requests, replies: 4, Cancellation).AsTask()
                    .WaitAsync(s_limit, Cancellation);
                if (error is null)
                    Interlocked.Increment(ref answered[number]);
                else
                    Assert.Contains(error, (string[])[Errors.StoreLost, Errors.StoreUnreachable]);
            }
        }

        async Task AllServedAsync()
        {
            long[] before = [.. answered];
            await service.HoldsAsync(
                () => clients.Any(client => client.IsFaulted) || answered.Zip(before).All(pair => pair.First > pair.Second + 1));
            Assert.DoesNotContain(clients, client => client.IsFaulted);
        }
    }

    [Fact]
    public async Task Kill_OfTheGateway_LeavesTheData()
    {
        await using KvService service = await KvService.StartAsync(KvIpc.Async);
        await RedisTools.RunAsync("redis-cli", service.Port, "", "SET", "key", "value");

        service.Kill("gateway");
        await service.HoldsAsync(
            () => service.LinesOf("gateway").Count(line => line.StartsWith("listening", StringComparison.Ordinal)) == 2);

        Assert.Equal("value\n", await RedisTools.RunAsync("redis-cli", service.Port, "", "GET", "key"));
        Assert.Equal(0, service["store"].Restarts);
    }

    [Fact]
    public async Task Kill_OfTheAudit_LosesNoMoreThanItTells()
    {
        await using KvService service = await KvService.StartAsync(KvIpc.Async);
        await RedisTools.RunAsync("redis-cli", service.Port, "", "SET", "key", "value");
        await service.HoldsAsync(() => service.LinesOf("audit").Contains("1 writes, in order"));

        service.Kill("audit");
        await service.HoldsAsync(() => service["audit"].Restarts == 1 && service["audit"].ProcessId is not null);
        for (int i = 0; i < 10; i++)
            Assert.Equal("OK\n", await RedisTools.RunAsync("redis-cli", service.Port, "", "SET", "key", "value"));

        await service.HoldsAsync(() => service.LinesOf("audit").Contains("11 writes, in order"));
        Assert.Equal(0, service["store"].Restarts);
    }
}
