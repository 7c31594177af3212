namespace Rel4.Contracts.Tests;

/// <summary>What the tests' server does for its clients.</summary>
[Contract]
public interface ICalculator
{
    ValueTask<int> AddAsync(int a, int b, CancellationToken cancel = default);

    /// <summary>Comes back after the executor's next turn.</summary>
    ValueTask<string> JoinAsync(string[] words, string? separator, Guid id, DayOfWeek day, double? number);

    ValueTask<byte[]> EchoAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Waits until it is cancelled.</summary>
    ValueTask WaitAsync(CancellationToken cancel);

    /// <summary>Tells how many have been cancelled in <see cref="WaitAsync"/>.</summary>
    ValueTask<int> CancelledAsync();

    /// <summary>Tells how many have begun to wait in <see cref="WaitAsync"/>.</summary>
    ValueTask<int> WaitedAsync();

    /// <summary>Throws what the number says.</summary>
    ValueTask FailAsync(int how);

    [ContractMethod(7)]
    ValueTask<long> SumAsync(long[] numbers, long more = 5);
}
