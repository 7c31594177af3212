using System.Runtime.CompilerServices;
using Rel4.Runtime;

namespace Rel4.Contracts.Tests;

/// <summary>A server of streams.</summary>
internal sealed class Feed : IFeed
{
    private int _made;
    private int _ended;

    public async IAsyncEnumerable<int> CountAsync(int to, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        try
        {
            for (int i = 0; i < to; i++)
            {
                // Some items are there at once, and others are waited for.
                if (i % 100 == 99)
                    await Executor.Current!.Yield();
                cancel.ThrowIfCancellationRequested();
                _made = i + 1;
                yield return i;
            }
        }
        finally
        {
            _ended++;
        }
    }

    public async IAsyncEnumerable<string> FailAsync(int after)
    {
        for (int i = 0; i < after; i++)
            yield return $"{i}";
        await Executor.Current!.Yield();
        throw new ContractException(9, "no more");
    }

    public async IAsyncEnumerable<int> WaitAsync([EnumeratorCancellation] CancellationToken cancel = default)
    {
        await Executor.Current!.Delay(Timeout.InfiniteTimeSpan, cancel);
        yield return 0;
    }

    public ValueTask<int[]> StateAsync() => new([_made, _ended]);
}
