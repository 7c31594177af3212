namespace Rel4.Contracts.Wire;

/// <summary>Makes batches of a sequence: each waits for its first item only, and takes what is there.</summary>
/// <param name="items">The sequence; disposed of with this.</param>
internal sealed class Batches<T>(IAsyncEnumerator<T> items) : IAsyncDisposable
{
    private ValueTask<bool> _next;
    private bool _hasNext;

    /// <summary>Takes items.</summary>
    /// <param name="batch">Where to add them.</param>
    /// <param name="most">How many, at most.</param>
    /// <returns>False if there are no more.</returns>
    /// <remarks>What the sequence throws is thrown once the items before it are taken.</remarks>
    public async ValueTask<bool> FillAsync(List<T> batch, int most)
    {
        ValueTask<bool> next = _hasNext ? _next : items.MoveNextAsync();
        _hasNext = false;
        while (await next)
        {
            batch.Add(items.Current);
            if (batch.Count >= most)
                return true;
            next = items.MoveNextAsync();
            if (next.IsCompletedSuccessfully)
                continue;
            (_next, _hasNext) = (next, true);
            return true;
        }

        return false;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            // No sequence is disposed of while it looks for its next item.
            if (_hasNext)
                await _next;
        }
        catch (Exception)
        {
            // Which nobody asks for any more.
        }

        await items.DisposeAsync();
    }
}
