using System.Diagnostics;
using Rel4.Cli.Commands;
using Rel4.Samples.Kv;

namespace Rel4.Cli.Demo;

/// <summary>Kills the store while clients use it, and watches what they notice.</summary>
internal sealed class StoreKill
{
    private const int Clients = 16;
    private const int RequestsBefore = 500;

    /// <summary>A client that has no reply for so long is taken for hung.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _isWarm = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _isBack = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HashSet<int> _back = [];
    private long _killed;
    private long _answered;
    private long _failed;
    private string? _error;
    private TimeSpan _longest;

    /// <summary>Kills it.</summary>
    /// <exception cref="CommandFailure">A client got no reply, or the service did not come back.</exception>
    public async Task<KillFigures> RunAsync(DemoSystem system, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        CancellationToken end = stop.Token;
        Task[] clients = [.. Enumerable.Range(0, Clients).Select(number => Task.Run(() => UseAsync(number, system.PortOf(KvIpc.Async), end), end))];
        try
        {
            await AwaitAsync(_isWarm.Task, clients, cancellationToken);
            using var store = Process.GetProcessById(system.Store.ProcessId ?? throw new CommandFailure("The store does not run."));
            lock (_lock)
                _killed = Stopwatch.GetTimestamp();
            store.Kill();
            await AwaitAsync(_isBack.Task, clients, cancellationToken);
            TimeSpan back = Stopwatch.GetElapsedTime(_killed);
            lock (_lock)
                return new KillFigures(_answered, _failed, _error, back.TotalMilliseconds, _longest.TotalMilliseconds);
        }
        catch (TimeoutException)
        {
            throw new CommandFailure(
                _killed == 0
                    ? $"In {s_limit}, {Clients} clients got only {_answered} replies."
                    : $"The store was killed, and after {s_limit} only {_back.Count} of {Clients} clients were served again.");
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(clients).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Waits for the clients to come so far, or for one of them to fail.</summary>
    private static async Task AwaitAsync(Task goal, Task[] clients, CancellationToken cancellationToken) =>
        await (await Task.WhenAny([goal, .. clients]).WaitAsync(s_limit, cancellationToken));

    private async Task UseAsync(int number, int port, CancellationToken stop)
    {
        using RespConnection connection = await RespConnection.OpenAsync(port, stop);
        byte[] request = RespConnection.Write(["SET", $"key:{number}", "VXK"], times: 1);
        while (!stop.IsCancellationRequested)
        {
            long sent = Stopwatch.GetTimestamp();
            string? error = await connection.ExchangeAsync(request, replies: 1, stop);
            Count(number, sent, error);
        }
    }

    private void Count(int number, long sent, string? error)
    {
        TimeSpan took = Stopwatch.GetElapsedTime(sent);
        lock (_lock)
        {
            _longest = took > _longest ? took : _longest;
            if (error is not null)
            {
                _failed++;
                _error ??= error;
                return;
            }

            if (++_answered == RequestsBefore)
                _isWarm.TrySetResult();
            if (_killed != 0 && sent > _killed && _back.Add(number) && _back.Count == Clients)
                _isBack.TrySetResult();
        }
    }
}
