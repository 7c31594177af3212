using Rel4.Contracts;

namespace Rel4.Testing.Tests;

/// <summary>A contract to test by.</summary>
[Contract]
internal interface IShop
{
    /// <summary>Tells a price, after a while.</summary>
    ValueTask<decimal> PriceAsync(string item, TimeSpan after, CancellationToken cancel = default);

    /// <summary>Counts up to a number, a second for each.</summary>
    IAsyncEnumerable<int> CountAsync(int end, CancellationToken cancel = default);
}
