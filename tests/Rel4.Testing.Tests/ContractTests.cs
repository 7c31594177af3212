using System.Runtime.CompilerServices;
using Rel4.Abi;
using Rel4.Contracts;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Testing.Tests;

/// <summary>Do typed contracts work in a test system, deadlines by the test's time included?</summary>
public sealed class ContractTests : IDisposable
{
    private readonly TestSystem _system = new();
    private readonly Shop _shop = new();
    private readonly TestTask _server;

    public ContractTests()
    {
        TestEndpoint shop = _system.AddEndpoint("shop");
        _server = _system.AddTask("server", () => ReL4.Run(() => ShopContract.ServeAsync(TaskContext.Endpoint("requests"), _shop)))
            .Grant("requests", shop, CapRights.Read | CapRights.Grant);
        _system.Grant("shop", shop, CapRights.Write | CapRights.Grant);
    }

    public void Dispose() => _system.Dispose();

    [Fact]
    public void Call_OfAContract_IsAnsweredOrRefusedAsTheMethodSays() => ReL4.Run(async () =>
    {
        IShop shop = ShopContract.Connect(TaskContext.Endpoint("shop"));

        Assert.Equal(3.5m, await shop.PriceAsync("tea", TimeSpan.Zero));
        ContractException refusal = await Assert.ThrowsAsync<ContractException>(() => shop.PriceAsync("coffee", TimeSpan.Zero).AsTask());
        Assert.Equal(404, refusal.ContractCode);
    });

    [Fact]
    public void Call_PastItsDeadline_EndsAtBothSidesInTheTestsTime()
    {
        DateTimeOffset start = _system.Clock.GetUtcNow();
        ReL4.Run(async () =>
        {
            IShop shop = ShopContract.Connect(TaskContext.Endpoint("shop"), new ContractClientOptions { Timeout = TimeSpan.FromMinutes(5) });
            await Assert.ThrowsAsync<TimeoutException>(() => shop.PriceAsync("tea", TimeSpan.FromHours(1)).AsTask());
        });

        Assert.Equal(TimeSpan.FromMinutes(5), _system.Clock.GetUtcNow() - start);
        _system.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, _shop.Cancelled);
    }

    [Fact]
    public void Stream_OfAContract_ComesInTheTestsTimeAndEndsWhenTheServerDies()
    {
        var counted = new List<int>();
        DateTimeOffset start = _system.Clock.GetUtcNow();
        ReL4.Run(async () =>
        {
            IShop shop = ShopContract.Connect(TaskContext.Endpoint("shop"));
            await Assert.ThrowsAsync<ChannelEndedException>(async () =>
            {
                await foreach (int number in shop.CountAsync(end: 100))
                {
                    counted.Add(number);
                    if (number == 3)
                        _server.Kill();
                }
            });
            Assert.Equal(TimeSpan.FromSeconds(3), _system.Clock.GetUtcNow() - start);
        });

        Assert.Equal([1, 2, 3], counted);
    }

    internal sealed class Shop : IShop
    {
        public int Cancelled { get; private set; }

        public async ValueTask<decimal> PriceAsync(string item, TimeSpan after, CancellationToken cancel)
        {
            try
            {
                await Executor.Current!.Delay(after, cancel);
            }
            catch (OperationCanceledException)
            {
                Cancelled++;
                throw;
            }

            return item == "tea" ? 3.5m : throw new ContractException(404, $"There is no {item}.");
        }

        public async IAsyncEnumerable<int> CountAsync(int end, [EnumeratorCancellation] CancellationToken cancel)
        {
            for (int number = 1; number <= end; number++)
            {
                await Executor.Current!.Delay(TimeSpan.FromSeconds(1), cancel);
                yield return number;
            }
        }
    }
}
