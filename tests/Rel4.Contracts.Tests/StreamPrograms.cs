using Rel4.Runtime;

namespace Rel4.Contracts.Tests;

/// <summary>Clients of streams.</summary>
internal static class StreamPrograms
{
    private const int Endless = int.MaxValue;

    public static void Serve() => ReL4.Run(static () => FeedContract.ServeAsync(
        ContractSystem.Endpoint, new Feed(), new ContractServerOptions { MaxLongCallsPerBadge = 2 }));

    public static void ReadAll() => ReL4.Run(static () => ReadAllAsync());

    public static void ReadAllFromThePool() => Task.Run(static () => ReadAllAsync().AsTask()).GetAwaiter().GetResult();

    public static void ReadToFailure() => ReL4.Run(static async () =>
    {
        try
        {
            await foreach (string item in FeedContract.Connect(ContractSystem.Endpoint).FailAsync(3))
                Console.WriteLine(item);
        }
        catch (ContractException error)
        {
            Console.WriteLine($"{error.ContractCode}: {error.Message}");
        }
    });

    /// <summary>Reads a little, waits, and leaves.</summary>
    public static void ReadSome() => ReL4.Run(static async () =>
    {
        IFeed feed = FeedContract.Connect(ContractSystem.Endpoint, new ContractClientOptions { Credit = 10 });
        await foreach (int item in feed.CountAsync(Endless))
        {
            if (item < 5)
                continue;
            // The batch that is gone through, the one ahead, and the item that begins the next; time and again, as the server may take its time.
            for (int i = 0; i < 100; i++)
                await feed.StateAsync();
            int made = (await feed.StateAsync())[0];
            Console.WriteLine(made is >= 10 and <= 21 ? "within the credit" : $"{made} made");
            break;
        }

        await EndedAsync(feed, 1);
    });

    public static void Cancel() => ReL4.Run(static async () =>
    {
        IFeed feed = FeedContract.Connect(ContractSystem.Endpoint);
        using var cancel = new CancellationTokenSource();
        try
        {
            await foreach (int item in feed.CountAsync(Endless, cancel.Token))
            {
                if (item == 1000)
                    await cancel.CancelAsync();
            }
        }
        catch (OperationCanceledException)
        {
            Console.WriteLine("cancelled");
        }

        await EndedAsync(feed, 1);
    });

    public static void ReadTooMany() => ReL4.Run(static async () =>
    {
        IFeed feed = FeedContract.Connect(ContractSystem.Endpoint);
        IAsyncEnumerator<int>[] streams = [.. Enumerable.Range(0, 3).Select(_ => feed.CountAsync(Endless).GetAsyncEnumerator())];
        foreach (IAsyncEnumerator<int> stream in streams)
        {
            try
            {
                await stream.MoveNextAsync();
                Console.WriteLine(stream.Current);
            }
            catch (ContractRefusedException refused)
            {
                Console.WriteLine(refused.Reason);
            }
        }

        foreach (IAsyncEnumerator<int> stream in streams)
            await stream.DisposeAsync();
        await EndedAsync(feed, 2);
        await ReadAllAsync();
    });

    /// <summary>Reads until it, or the server, is killed.</summary>
    public static void ReadForEver() => ReL4.Run(static async () =>
    {
        IFeed feed = FeedContract.Connect(ContractSystem.Endpoint);
        try
        {
            await foreach (int item in feed.CountAsync(Endless))
            {
                if (item == 1000)
                    Console.WriteLine("reads");
            }
        }
        catch (ChannelEndedException)
        {
            Console.WriteLine("closed");
        }
    });

    public static void AwaitEnd() => ReL4.Run(static async () => await EndedAsync(FeedContract.Connect(ContractSystem.Endpoint), 1));

    private static async ValueTask ReadAllAsync()
    {
        IFeed feed = FeedContract.Connect(ContractSystem.Endpoint);
        foreach (int count in (int[])[0, 1, 64, 10_000])
        {
            int next = 0;
            await foreach (int item in feed.CountAsync(count))
                next = item == next ? next + 1 : throw new InvalidOperationException($"{item} instead of {next}");
            Console.WriteLine(next);
        }
    }

    private static async ValueTask EndedAsync(IFeed feed, int count)
    {
        while ((await feed.StateAsync())[1] != count)
            await Task.Delay(1);
        Console.WriteLine($"{count} ended");
    }
}
