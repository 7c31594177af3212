namespace Rel4.Contracts.Tests;

/// <summary>A callback: what clients of <see cref="IWork"/> answer.</summary>
[Contract]
public interface IWatcher
{
    ValueTask<int> DoubleAsync(int value, CancellationToken cancel = default);

    ValueTask SayAsync(string text);

    /// <summary>Waits until it is cancelled.</summary>
    ValueTask WaitAsync(CancellationToken cancel = default);

    /// <summary>Throws what the number says.</summary>
    ValueTask FailAsync(int how);
}
