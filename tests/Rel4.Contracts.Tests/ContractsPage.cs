using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Contracts.Tests;

/// <summary>The programs of docs/contracts.md, word for word.</summary>
internal static class ContractsPage
{
    internal static class Server
    {
        // The server: holds the endpoint with CapRights.Read | CapRights.Grant.
        public static void Run() => ReL4.Run(() => ShopContract.ServeAsync(TaskContext.Endpoint("requests"), new Shop()));

        private sealed class Shop : IShop
        {
            public ValueTask<decimal> PriceAsync(string item, int count, CancellationToken cancellationToken) =>
                item == "tea" ? new(3.5m * count) : throw new ContractException(404, $"There is no {item}.");
        }
    }

    internal static class Client
    {
        // A client: holds it with CapRights.Write | CapRights.Grant. On any thread; here in ReL4.Run.
        public static void Run() => ReL4.Run(async () =>
        {
            IShop shop = ShopContract.Connect(TaskContext.Endpoint("shop"), new ContractClientOptions { Timeout = TimeSpan.FromSeconds(5) });
            Console.WriteLine(await shop.PriceAsync("tea", 2));
            try
            {
                await shop.PriceAsync("coffee", 1);
            }
            catch (ContractException error) when (error.ContractCode == 404)
            {
                Console.WriteLine(error.Message);
            }
        });
    }

    internal static class ImportServer
    {
        public static void Run() => ReL4.Run(() => ImportContract.ServeAsync(TaskContext.Endpoint("requests"), new Import()));

        private sealed class Import : IImport
        {
            public async ValueTask<int> AddAsync(IAsyncEnumerable<string> lines, IImportProgress progress, CancellationToken cancellationToken)
            {
                int count = 0;
                await foreach (string line in lines.WithCancellation(cancellationToken))
                {
                    if (++count % 1000 == 0)
                        await progress.ReportAsync(count, cancellationToken);
                }
                return count;
            }
        }
    }

    internal static class ImportClient
    {
        public static void Run() => ReL4.Run(async () =>
        {
            IAsyncEnumerable<string> lines = Enumerable.Repeat("a line", 2500).ToAsyncEnumerable();
            IImport import = ImportContract.Connect(TaskContext.Endpoint("import"));
            Console.WriteLine($"{await import.AddAsync(lines, new Progress())} lines");
        });

        private sealed class Progress : IImportProgress
        {
            public ValueTask ReportAsync(int count, CancellationToken cancellationToken)
            {
                Console.WriteLine($"{count} lines so far");
                return default;
            }
        }
    }

    internal static class VisitsServer
    {
        public static void Run()
        {
            var counts = new Dictionary<ulong, int>();
            ReL4.Run(() => VisitsContract.ServeAsync(TaskContext.Endpoint("requests"), badge => new Visits(badge, counts)));
        }

        private sealed class Visits(ulong caller, Dictionary<ulong, int> counts) : IVisits
        {
            public ValueTask<int> CountAsync() => new(counts[caller] = counts.GetValueOrDefault(caller) + 1);
        }
    }

    internal static class VisitsClient
    {
        public static void Run() => ReL4.Run(async () =>
        {
            IVisits visits = VisitsContract.Connect(TaskContext.Endpoint("visits"));
            await visits.CountAsync();
            Console.WriteLine($"{await visits.CountAsync()} visits");
        });
    }
}
