namespace Rel4.Contracts.Tests;

[Contract]
public interface IStock
{
    ValueTask<int> QuantityAsync(string item, CancellationToken cancellationToken = default);

    IAsyncEnumerable<int> ChangesAsync(string item, CancellationToken cancellationToken = default);
}
