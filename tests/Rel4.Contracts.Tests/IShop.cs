namespace Rel4.Contracts.Tests;

[Contract]
public interface IShop
{
    ValueTask<decimal> PriceAsync(string item, int count, CancellationToken cancellationToken = default);
}
