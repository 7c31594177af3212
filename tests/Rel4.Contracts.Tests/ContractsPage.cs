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
            public ValueTask<decimal> PriceAsync(string item, int count, CancellationToken cancel) =>
                item == "tea" ? new(3.5m * count) : throw new ContractException(code: 404, $"There is no {item}.");
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
            catch (ContractException error) when (error.Code == 404)
            {
                Console.WriteLine(error.Message);
            }
        });
    }
}
