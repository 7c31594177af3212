using Rel4.Runtime;

namespace Rel4.Contracts.Tests;

/// <summary>The tests' server.</summary>
internal sealed class Calculator : ICalculator
{
    private int _waited;
    private int _cancelled;

    public ValueTask<int> AddAsync(int a, int b, CancellationToken cancel = default) => new(a + b);

    public async ValueTask<string> JoinAsync(string[] words, string? separator, Guid id, DayOfWeek day, double? number)
    {
        await Executor.Current!.Yield();
        return $"{string.Join(separator, words)} {id} {day} {number}";
    }

    public ValueTask<byte[]> EchoAsync(ReadOnlyMemory<byte> bytes) => new(bytes.ToArray());

    public async ValueTask WaitAsync(CancellationToken cancel)
    {
        _waited++;
        try
        {
            await Executor.Current!.Delay(Timeout.InfiniteTimeSpan, cancel);
        }
        catch (OperationCanceledException)
        {
            _cancelled++;
            throw;
        }
    }

    public ValueTask<int> CancelledAsync() => new(_cancelled);

    public ValueTask<int> WaitedAsync() => new(_waited);

    public async ValueTask FailAsync(int how)
    {
        if (how < 0)
            await Executor.Current!.Yield();
        throw Math.Abs(how) switch
        {
            1 => new ContractException(42, "no such thing"),
            2 => new OperationCanceledException(),
            _ => new InvalidOperationException("secret"),
        };
    }

    public ValueTask<long> SumAsync(long[] numbers, long more = 5) => new(numbers.Sum() + more);
}
