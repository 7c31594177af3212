namespace Rel4.Contracts.Tests;

[Contract]
internal interface IFeed
{
    /// <summary>Counts up to a number.</summary>
    IAsyncEnumerable<int> CountAsync(int to, CancellationToken cancel = default);

    /// <summary>Counts, and fails.</summary>
    IAsyncEnumerable<string> FailAsync(int after);

    /// <summary>Has no item until it is cancelled.</summary>
    IAsyncEnumerable<int> WaitAsync(CancellationToken cancel = default);

    /// <summary>Tells how far the last stream got, and how many have ended.</summary>
    ValueTask<int[]> StateAsync();
}
