using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Contracts.Tests;

/// <summary>The programs of docs/coming-from.md, word for word.</summary>
internal static class ComingFromPage
{
    public static SystemBuilder Compose()
    {
        var builder = new SystemBuilder();
        EndpointDefinition stock = builder.AddEndpoint("stock");
        builder.AddTask("store", Store.Run).Grant("requests", stock, CapRights.Read | CapRights.Grant).Restart(RestartPolicy.Always);
        builder.AddTask("shop", Shop.Run).Grant("stock", stock, CapRights.Write | CapRights.Grant, badge: 7);
        return builder;
    }

    internal static class Store
    {
        public static void Run() => ReL4.Run(() => StockContract.ServeAsync(TaskContext.Endpoint("requests"), new Stock()));

        private sealed class Stock : IStock
        {
            public ValueTask<int> QuantityAsync(string item, CancellationToken cancellationToken) =>
                item == "tea" ? new(3) : throw new ContractException(404, $"There is no {item}.");

            public async IAsyncEnumerable<int> ChangesAsync(string item, [EnumeratorCancellation] CancellationToken cancellationToken)
            {
                for (int left = 3; left >= 0; left--)
                {
                    yield return left;
                    await Task.Delay(10, cancellationToken);
                }
            }
        }
    }

    internal static class Shop
    {
        public static void Run() => ReL4.Run(async () =>
        {
            IStock stock = StockContract.Connect(TaskContext.Endpoint("stock"), new ContractClientOptions { Timeout = TimeSpan.FromSeconds(5) });
            IStock timed = new Timed(stock);

            Console.WriteLine(await stock.QuantityAsync("tea"));
            await foreach (int left in stock.ChangesAsync("tea"))
                Console.WriteLine($"{left} left");
            try
            {
                await timed.QuantityAsync("coffee");
            }
            catch (ContractException error) when (error.ContractCode == 404)
            {
                Console.WriteLine(error.Message);
            }
        });

        private sealed class Timed(IStock inner) : IStock
        {
            public async ValueTask<int> QuantityAsync(string item, CancellationToken cancellationToken)
            {
                long start = Stopwatch.GetTimestamp();
                try
                {
                    return await inner.QuantityAsync(item, cancellationToken);
                }
                finally
                {
                    Console.WriteLine($"{nameof(QuantityAsync)} took {Stopwatch.GetElapsedTime(start)}");
                }
            }

            public IAsyncEnumerable<int> ChangesAsync(string item, CancellationToken cancellationToken) => inner.ChangesAsync(item, cancellationToken);
        }
    }

    internal static class Producer
    {
        public static void Run() => ReL4.Run(() =>
        {
            var queue = Channel.CreateBounded<string>(100);
            Executor.Current!.Spawn(() => FillAsync(queue.Writer));
            return JobsContract.ServeAsync(TaskContext.Endpoint("jobs"), new Jobs(queue.Reader));
        });

        private static async ValueTask FillAsync(ChannelWriter<string> queue)
        {
            for (int i = 1; i <= 1000; i++)
                await queue.WriteAsync($"job {i}");
            queue.Complete();
        }

        private sealed class Jobs(ChannelReader<string> queue) : IJobs
        {
            public IAsyncEnumerable<string> TakeAllAsync(CancellationToken cancellationToken) => queue.ReadAllAsync(cancellationToken);
        }
    }

    internal static class Worker
    {
        public static void Run() => ReL4.Run(async () =>
        {
            int count = 0;
            await foreach (string job in JobsContract.Connect(TaskContext.Endpoint("jobs")).TakeAllAsync())
                count++;
            Console.WriteLine($"{count} jobs done");
        });
    }
}
