using Rel4.Runtime;

namespace Rel4.Contracts.Tests;

/// <summary>Clients that are called back.</summary>
internal static class CallbackPrograms
{
    public static void Serve() => ReL4.Run(static () => WorkContract.ServeAsync(ContractSystem.Endpoint, new Work(), new ContractServerOptions { MaxCallbacksPerCall = 20 }));

    public static void Run() => ReL4.Run(static () => RunAsync());

    public static void RunFromThePool() => Task.Run(static () => RunAsync().AsTask()).GetAwaiter().GetResult();

    public static void Fail() => ReL4.Run(static async () =>
    {
        IWork work = WorkContract.Connect(ContractSystem.Endpoint);
        Console.WriteLine(await work.FailAsync(1, isCaught: true, new Watcher()));
        Console.WriteLine(await work.FailAsync(2, isCaught: true, new Watcher()));
        Console.WriteLine(await work.FailAsync(-2, isCaught: true, new Watcher()));
        foreach (int how in (int[])[1, 2])
        {
            try
            {
                await work.FailAsync(how, isCaught: false, new Watcher());
            }
            catch (Exception failure) when (failure is ContractException { ContractCode: 42 } or InvalidOperationException)
            {
                Console.WriteLine(failure.Message);
            }
        }
    });

    public static void Bound() => ReL4.Run(static async () =>
    {
        // What the server keeps for its clients, and what a client takes.
        var slow = new Watcher { Pause = TimeSpan.FromMilliseconds(20) };
        int[] ends = await WorkContract.Connect(ContractSystem.Endpoint).ManyAsync(50, slow);
        Console.WriteLine($"{ends[0] is >= 20 and < 50} {ends.Sum()} {ends[2]} {slow.MostAtOnce is > 1 and <= 20}");
        slow = new Watcher { Pause = TimeSpan.FromMilliseconds(20) };
        ends = await WorkContract.Connect(ContractSystem.Endpoint, new ContractClientOptions { MaxCallbacksPerCall = 3 }).ManyAsync(20, slow);
        Console.WriteLine($"{ends[0] is >= 3 and < 20} {ends.Sum()} {ends[2]} {slow.MostAtOnce}");
    });

    public static void Cancel() => ReL4.Run(static async () =>
    {
        IWork work = WorkContract.Connect(ContractSystem.Endpoint);
        var watcher = new Watcher();
        Console.WriteLine(await work.CancelAsync(watcher));
        await watcher.CancelledAsync(1);
        using var cancel = new CancellationTokenSource();
        ValueTask wait = work.WaitAsync(watcher, cancel.Token);
        await watcher.WaitedAsync(2);
        await cancel.CancelAsync();
        await UnaryPrograms.TellAsync(wait);
        await watcher.CancelledAsync(2);
        Console.WriteLine(await StateAsync(work));
        wait = WorkContract.Connect(ContractSystem.Endpoint, new ContractClientOptions { Timeout = TimeSpan.FromMilliseconds(50) }).WaitAsync(watcher, default);
        await UnaryPrograms.TellAsync(wait);
        await watcher.CancelledAsync(3);
        Console.WriteLine(await StateAsync(work));
        await work.KeepAsync(watcher);
        Console.WriteLine(await work.UseKeptAsync());
    });

    /// <summary>Waits in a callback until it is killed.</summary>
    public static void WaitForEver() => ReL4.Run(static async () =>
    {
        var watcher = new Watcher();
        ValueTask wait = WorkContract.Connect(ContractSystem.Endpoint).WaitAsync(watcher);
        await watcher.WaitedAsync(1);
        Console.WriteLine("is called");
        await wait;
    });

    public static void AwaitEnd() => ReL4.Run(static async () => Console.WriteLine($"ended: {await StateAsync(WorkContract.Connect(ContractSystem.Endpoint))}"));

    /// <summary>Tells what the last wait ended by, when it has.</summary>
    private static async ValueTask<string> StateAsync(IWork work)
    {
        while (await work.StateAsync() is "none" or "waits")
            await Task.Delay(1);
        return await work.StateAsync();
    }

    private static async ValueTask RunAsync()
    {
        IWork work = WorkContract.Connect(ContractSystem.Endpoint);
        Console.WriteLine(await work.RunAsync(10, new Watcher { Work = work }, new Watcher()));
        Console.WriteLine(await work.RunAsync(0, new Watcher(), new Watcher()));
        int sum = 0;
        await foreach (int value in work.StreamAsync(Enumerable.Range(0, 500).ToAsyncEnumerable(), new Watcher()))
            sum += value;
        Console.WriteLine(sum);
        try
        {
            await work.KeepAsync(null!);
        }
        catch (ArgumentNullException)
        {
            Console.WriteLine("no callback");
        }
    }

    /// <summary>A callback.</summary>
    internal sealed class Watcher : IWatcher
    {
        private int _cancelled;
        private int _waited;
        private int _running;

        /// <summary>Gets what is called while a callback runs.</summary>
        public IWork? Work { get; init; }

        public TimeSpan Pause { get; init; }

        public int MostAtOnce { get; private set; }

        public async ValueTask<int> DoubleAsync(int value, CancellationToken cancel = default)
        {
            MostAtOnce = Math.Max(MostAtOnce, ++_running);
            if (Work is not null)
                await Work.StateAsync();
            if (Pause != default)
                await Task.Delay(Pause, cancel);
            _running--;
            return 2 * value;
        }

        public ValueTask SayAsync(string text)
        {
            Console.WriteLine($"says {text}");
            return default;
        }

        public async ValueTask WaitAsync(CancellationToken cancel = default)
        {
            _waited++;
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
            }
            finally
            {
                _cancelled++;
            }
        }

        public async ValueTask FailAsync(int how)
        {
            if (how < 0)
                await Task.Yield();
            throw Math.Abs(how) == 1 ? new ContractException(42, "no such thing") : new InvalidOperationException("my own");
        }

        public async ValueTask CancelledAsync(int count)
        {
            while (_cancelled < count)
                await Task.Delay(1);
        }

        public async ValueTask WaitedAsync(int count)
        {
            while (_waited < count)
                await Task.Delay(1);
        }
    }
}
