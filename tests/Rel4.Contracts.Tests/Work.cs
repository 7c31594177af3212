using System.Runtime.CompilerServices;

namespace Rel4.Contracts.Tests;

/// <summary>A server that calls its clients back.</summary>
internal sealed class Work : IWork
{
    private IWatcher? _kept;
    private string _state = "none";

    public async ValueTask<int> RunAsync(int times, IWatcher watcher, IWatcher other, CancellationToken cancel = default)
    {
        int value = 1;
        for (int i = 0; i < times; i++)
            value = await watcher.DoubleAsync(value, cancel);
        await other.SayAsync($"{value}");
        return value;
    }

    public async IAsyncEnumerable<int> StreamAsync(IAsyncEnumerable<int> values, IWatcher watcher, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await foreach (int value in values.WithCancellation(cancel))
            yield return await watcher.DoubleAsync(value, cancel);
    }

    public async ValueTask<int[]> ManyAsync(int count, IWatcher watcher)
    {
        int[] ends = new int[3];
        await Task.WhenAll(Enumerable.Range(0, count).Select(DoubleAsync));
        return ends;

        // In the thread pool, from many threads.
        Task DoubleAsync(int value) => Task.Run(async () =>
        {
            try
            {
                Interlocked.Increment(ref ends[await watcher.DoubleAsync(value) == 2 * value ? 0 : 2]);
            }
            catch (ContractRefusedException refused)
            {
                Interlocked.Increment(ref ends[refused.Reason == ContractRefusal.TooMany ? 1 : 2]);
            }
        });
    }

    public async ValueTask<string> CancelAsync(IWatcher watcher)
    {
        using var cancel = new CancellationTokenSource();
        // One that is under way, and one that is not told yet.
        ValueTask wait = watcher.WaitAsync(cancel.Token);
        await watcher.DoubleAsync(1);
        ValueTask second = watcher.WaitAsync(cancel.Token);
        await cancel.CancelAsync();
        return $"{await EndOfAsync(wait)} {await EndOfAsync(second)}";
    }

    public async ValueTask WaitAsync(IWatcher watcher, CancellationToken cancel = default)
    {
        // Its token is not given, so it ends with the call.
        _state = "waits";
        _state = await EndOfAsync(watcher.WaitAsync(CancellationToken.None));
        cancel.ThrowIfCancellationRequested();
    }

    public async ValueTask<string> FailAsync(int how, bool isCaught, IWatcher watcher)
    {
        if (isCaught)
            return await EndOfAsync(watcher.FailAsync(how));
        await watcher.FailAsync(how);
        return "done";
    }

    public async ValueTask KeepAsync(IWatcher watcher)
    {
        _kept = watcher;
        await watcher.SayAsync("kept");
    }

    public async ValueTask<string> UseKeptAsync() => await EndOfAsync(_kept!.SayAsync("late"));

    public ValueTask<string> StateAsync() => new(_state);

    private static async ValueTask<string> EndOfAsync(ValueTask callback)
    {
        try
        {
            await callback;
            return "done";
        }
        catch (ContractRefusedException refused)
        {
            return $"{refused.Reason}";
        }
        catch (ContractException error)
        {
            return $"{error.GetType().Name} {error.ContractCode} {error.ErrorCode}";
        }
        catch (OperationCanceledException)
        {
            return "cancelled";
        }
    }
}
