using Rel4.Contracts;

namespace Rel4.Testing.Tests;

/// <summary>A contract whose server lies.</summary>
[Contract]
internal interface ITips
{
    ValueTask<int> AddAsync(IAsyncEnumerable<int> values, ITipped back, CancellationToken cancellationToken = default);

    IAsyncEnumerable<int> AllAsync(CancellationToken cancellationToken = default);
}
