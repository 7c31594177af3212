using NATS.Client.Core;
using Rel4.Hosted.Composition;
using Rel4.Ipc.Bench;
using Rel4.Runtime;

namespace Rel4.Nats.Bench;

/// <summary>Is what the tasks run: servers that echo, and a client that calls them in turn.</summary>
internal static class NatsTasks
{
    public const int MessageBytes = 56;

    /// <summary>Names the variable with the server's address for plain NATS, and its subject.</summary>
    public const string UrlVariable = "BENCH_NATS", Subject = "plain";

    private static string Url => Environment.GetEnvironmentVariable(UrlVariable)!;

    /// <summary>Echoes what comes through an endpoint.</summary>
    public static void Echo() => ReL4.Run(async () =>
    {
        await foreach (IpcRequest request in TaskContext.Endpoint("requests").ReceiveAllAsync())
            await request.ReplyAsync(request.Label, request.Payload);
    });

    /// <summary>Echoes what comes by NATS.</summary>
    public static int EchoPlain()
    {
        EchoPlainAsync().GetAwaiter().GetResult();
        return 0;
    }

    /// <summary>Measures.</summary>
    public static int Measure()
    {
        MeasureAsync().GetAwaiter().GetResult();
        return 0;
    }

    private static async Task EchoPlainAsync()
    {
        await using var connection = new NatsConnection(new NatsOpts { Url = Url });
        await foreach (NatsMsg<NatsMemoryOwner<byte>> message in connection.SubscribeAsync<NatsMemoryOwner<byte>>(Subject))
        {
            using NatsMemoryOwner<byte> data = message.Data;
            await message.ReplyAsync(data.Memory);
        }
    }

    private static async Task MeasureAsync()
    {
        byte[] payload = new byte[MessageBytes];
        await using var connection = new NatsConnection(new NatsOpts { Url = Url });
        await connection.ConnectAsync();
        Func<Task> imported = () => CallAsync(TaskContext.Endpoint("imported"), payload), local = () => CallAsync(TaskContext.Endpoint("local"), payload);
        Func<Task> plain = async () =>
        {
            NatsMsg<NatsMemoryOwner<byte>> reply = await connection.RequestAsync<byte[], NatsMemoryOwner<byte>>(Subject, payload).ConfigureAwait(false);
            reply.Data.Dispose();
        };
        await UntilServedAsync(imported);
        await UntilServedAsync(plain);
        // One executor for all rounds: a channel, and a client of the bridge, are opened once.
        Executor executor = await BeginExecutorAsync();
        int[] concurrency = [1, 64];
        Action<int>[] ways = [.. concurrency.SelectMany(number => new Action<int>[]
        {
            count => On(executor, () => RepeatAsync(imported, number, count)),
            count => RepeatAsync(plain, number, count).AsTask().GetAwaiter().GetResult(),
            count => On(executor, () => RepeatAsync(local, number, count)),
        })];
        IReadOnlyList<double>[] samples = Interleaved.Run(BenchmarkTask.Pace, ways);
        BenchmarkTask.Return(
            new NatsFigures(
                samples[0].Count,
                [.. concurrency.Select((number, i) => new NatsPoint(
                    number,
                    Spread.Of(samples[3 * i]),
                    Spread.Of(samples[(3 * i) + 1]),
                    Spread.Of(samples[(3 * i) + 2]),
                    Spread.OfRatios(samples[3 * i], samples[(3 * i) + 1])))]),
            NatsFiguresContext.Default.NatsFigures);
    }

    private static Task<Executor> BeginExecutorAsync()
    {
        var begun = new TaskCompletionSource<Executor>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => ReL4.Run(async () =>
        {
            begun.SetResult(Executor.Current!);
            await Executor.Current!.Suspend();
        })) { IsBackground = true }.Start();
        return begun.Task;
    }

    private static void On(Executor executor, Func<ValueTask> work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        executor.Post(_ => executor.Spawn(async () =>
        {
            await work();
            done.SetResult();
        }));
        done.Task.GetAwaiter().GetResult();
    }

    private static async Task CallAsync(EndpointCap endpoint, byte[] payload)
    {
        using IpcResponse response = await endpoint.CallAsync(1, payload);
    }

    private static async Task UntilServedAsync(Func<Task> call)
    {
        while (true)
        {
            try
            {
                await call();
                return;
            }
            catch (Exception error) when (error is NotDeliveredException or NatsException)
            {
                await Task.Delay(20);
            }
        }
    }

    /// <summary>Makes so many calls, some at a time.</summary>
    private static async ValueTask RepeatAsync(Func<Task> call, int concurrency, int count)
    {
        int left = count;
        await Task.WhenAll(Enumerable.Range(0, concurrency).Select(_ => WorkAsync()));

        async Task WorkAsync()
        {
            while (Interlocked.Decrement(ref left) >= 0)
                await call();
        }
    }
}
