namespace Rel4.Contracts.Tests;

[Contract]
public interface IStock
{
    ValueTask<int> QuantityAsync(string item, CancellationToken cancel = default);

    IAsyncEnumerable<int> ChangesAsync(string item, CancellationToken cancel = default);
}
