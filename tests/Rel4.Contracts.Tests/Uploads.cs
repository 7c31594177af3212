using System.Runtime.CompilerServices;
using Rel4.Runtime;

namespace Rel4.Contracts.Tests;

/// <summary>A server of streams that come from its clients.</summary>
internal sealed class Uploads : IUploads
{
    private TaskCompletionSource _goOn = new();
    private int _ended;
    private int _read;

    public async ValueTask<long> SumAsync(int factor, IAsyncEnumerable<int> numbers, CancellationToken cancel = default)
    {
        long sum = 0;
        await foreach (int number in numbers.WithCancellation(cancel))
            sum += number;
        return sum * factor;
    }

    public async IAsyncEnumerable<string> AddAsync(
        IAsyncEnumerable<int> left, string prefix, IAsyncEnumerable<int> right, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        IAsyncEnumerator<int> other = right.GetAsyncEnumerator(cancel);
        await using (other)
        {
            await foreach (int number in left)
                yield return await other.MoveNextAsync() ? $"{prefix}{number + other.Current}" : "none";
        }
    }

    public async ValueTask TakeAsync(int count, IAsyncEnumerable<int> numbers, CancellationToken cancel = default)
    {
        try
        {
            await foreach (int number in numbers)
            {
                _read++;
                if (number + 1 == count)
                    await _goOn.Task.WaitAsync(cancel);
                if (number + 1 == count)
                    break;
            }
        }
        finally
        {
            _ended++;
            _goOn = new TaskCompletionSource();
        }

        // The call goes on, although nobody reads.
        await _goOn.Task.WaitAsync(cancel);
    }

    public async ValueTask<string> TellAsync(IAsyncEnumerable<int> numbers)
    {
        int sum = 0;
        try
        {
            await foreach (int number in numbers)
                sum += number;
            return $"{sum}";
        }
        catch (ContractException failure)
        {
            return $"{sum}, then {failure.GetType().Name} {failure.ContractCode}";
        }
    }

    public ValueTask GoOnAsync()
    {
        _goOn.TrySetResult();
        return default;
    }

    public ValueTask<int[]> StateAsync() => new([_ended, _read]);
}
