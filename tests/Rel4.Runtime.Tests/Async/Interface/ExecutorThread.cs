using System.Collections.Concurrent;

namespace Rel4.Runtime.Tests;

/// <summary>An executor with a thread of its own, which does operations for others.</summary>
internal sealed class ExecutorThread : IDisposable
{
    private readonly ConcurrentQueue<FakeOperation> _free = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _thread;
    private CompletionPool<int>? _pool;

    public ExecutorThread()
    {
        using var ready = new ManualResetEventSlim();
        _thread = new Thread(() =>
        {
            using var executor = EventParking.NewExecutor();
            _pool = new CompletionPool<int>(executor);
            Executor = executor;
            ready.Set();
            executor.Run(_stop.Token);
        });
        _thread.Start();
        ready.Wait();
    }

    public Executor Executor { get; private set; } = null!;

    public int ThreadId => _thread.ManagedThreadId;

    /// <summary>Begins an operation.</summary>
    public CoTask<int> Begin(FakeEnd ends, int number = 0, CancellationToken cancellationToken = default)
    {
        if (!_free.TryDequeue(out FakeOperation? operation))
            operation = new FakeOperation(Executor, _pool!, _free);
        operation.Number = number;
        operation.Ends = ends;
        operation.CancellationToken = cancellationToken;
        Executor.Inject(operation);
        return operation.Task;
    }

    public void Dispose()
    {
        _stop.Cancel();
        _thread.Join();
        _stop.Dispose();
    }
}
