namespace Rel4.Contracts.Tests;

[Contract]
internal interface IWork
{
    /// <summary>Has one watcher double a number, times and times, and another told of it.</summary>
    ValueTask<int> RunAsync(int times, IWatcher watcher, IWatcher other, CancellationToken cancel = default);

    /// <summary>Doubles what comes, by its client.</summary>
    IAsyncEnumerable<int> StreamAsync(IAsyncEnumerable<int> values, IWatcher watcher, CancellationToken cancel = default);

    /// <summary>Asks for so many at once, and tells how many were answered, were refused, and ended otherwise.</summary>
    ValueTask<int[]> ManyAsync(int count, IWatcher watcher);

    /// <summary>Waits for a watcher that waits, and cancels that.</summary>
    ValueTask<string> CancelAsync(IWatcher watcher);

    /// <summary>Waits for a watcher that waits.</summary>
    ValueTask WaitAsync(IWatcher watcher, CancellationToken cancel = default);

    /// <summary>Tells what became of a watcher that fails.</summary>
    ValueTask<string> FailAsync(int how, bool isCaught, IWatcher watcher);

    /// <summary>Keeps the watcher beyond the call.</summary>
    ValueTask KeepAsync(IWatcher watcher);

    /// <summary>Tells what the watcher that was kept says.</summary>
    ValueTask<string> UseKeptAsync();

    /// <summary>Tells what <see cref="WaitAsync"/> has ended by.</summary>
    ValueTask<string> StateAsync();
}
