using BenchmarkDotNet.Attributes;
using Rel4.Runtime;
using Rel4.Runtime.Tests;

namespace Rel4.Bench;

/// <summary>Measures what the executor adds to the work of coroutines: one operation is one spawn, yield, suspension or timer.</summary>
[MemoryDiagnoser]
public class ExecutorBenchmarks
{
    private const int Operations = 1_000_000;

    private Executor _executor = null!;
    private CompletionPool<long> _pool = null!;
    private Completion<long> _waiting = null!;
    private long _sum;

    [IterationSetup]
    public void SetUp()
    {
        // An executor belongs to its thread, and every iteration may be on another.
        _executor = EventParking.NewExecutor();
        _pool = new CompletionPool<long>(_executor);
    }

    [IterationCleanup]
    public void CleanUp() => _executor.Dispose();

    [Benchmark(OperationsPerInvoke = Operations, Description = "Spawn + complete, body that does not suspend")]
    public void Spawn()
    {
        for (int i = 0; i < Operations; i++)
        {
            _executor.Spawn(static self => self.Add(), this);
            if (i % 64 == 63)
                _executor.RunUntilBlocked();
        }

        _executor.RunUntilBlocked();
    }

    [Benchmark(OperationsPerInvoke = Operations, Description = "Spawn + complete, async body that suspends once")]
    public void SpawnSuspending()
    {
        for (int i = 0; i < Operations; i++)
        {
            _executor.Spawn(static async executor => await executor.Yield(), _executor);
            if (i % 64 == 63)
                _executor.RunUntilBlocked();
        }

        _executor.RunUntilBlocked();
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Operations, Description = "Yield, one coroutine")]
    public void Yield()
    {
        _executor.Spawn(static async executor => await Yields(executor, Operations), _executor);
        _executor.RunUntilBlocked();
    }

    [Benchmark(OperationsPerInvoke = Operations, Description = "Yield, 64 coroutines over 8 priorities")]
    public void YieldAtPriorities()
    {
        for (int i = 0; i < 64; i++)
            _executor.Spawn(static async executor => await Yields(executor, Operations / 64), _executor, i % 8);
        _executor.RunUntilBlocked();
    }

    [Benchmark(OperationsPerInvoke = Operations, Description = "Suspend + complete, one coroutine")]
    public void SuspendResume()
    {
        _executor.Spawn(static async self => await self.Sum(), this);
        _executor.RunUntilBlocked();
        for (int i = 0; i < Operations; i++)
        {
            _waiting.TrySetResult(_waiting.Version, 1);
            _executor.RunUntilBlocked();
        }
    }

    [Benchmark(OperationsPerInvoke = Operations, Description = "Suspend + complete, 64 coroutines, one turn each")]
    public void SuspendResumeMany()
    {
        var waiting = new Completion<long>[64];
        for (int i = 0; i < 64; i++)
            _executor.Spawn(static async state => await state.self.SumInto(state.waiting, state.i), (self: this, waiting, i));

        CompleteInTurn(waiting);
    }

    [Benchmark(OperationsPerInvoke = Operations, Description = "The same in lean methods")]
    public void SuspendResumeManyLean()
    {
        var waiting = new Completion<long>[64];
        for (int i = 0; i < 64; i++)
            _executor.Spawn(static async state => await state.self.LeanSumInto(state.waiting, state.i), (self: this, waiting, i));
        CompleteInTurn(waiting);
    }

    [Benchmark(OperationsPerInvoke = Operations, Description = "The same in lean methods, one call deep")]
    public void SuspendResumeManyNested()
    {
        var waiting = new Completion<long>[64];
        for (int i = 0; i < 64; i++)
            _executor.Spawn(static async state => await state.self.NestedSumInto(state.waiting, state.i), (self: this, waiting, i));
        CompleteInTurn(waiting);
    }

    [Benchmark(OperationsPerInvoke = Operations, Description = "Suspend with a deadline + complete")]
    public void SuspendWithDeadline()
    {
        CoroutineId id = _executor.Spawn(static async executor =>
        {
            for (int i = 0; i < Operations; i++)
                await executor.Suspend(TimeSpan.FromSeconds(10));
        }, _executor);
        _executor.RunUntilBlocked();
        for (int i = 0; i < Operations; i++)
        {
            _executor.Wake(id);
            _executor.RunUntilBlocked();
        }
    }

    private static async ValueTask Yields(Executor executor, int count)
    {
        for (int i = 0; i < count; i++)
            await executor.Yield();
    }

    private async ValueTask Sum()
    {
        for (int i = 0; i < Operations; i++)
        {
            _waiting = _pool.Rent();
            _sum += await _waiting.Task;
        }
    }

    private async ValueTask SumInto(Completion<long>[] waiting, int place)
    {
        for (int left = Operations / 64; left > 0; left--)
        {
            Completion<long> own = _pool.Rent();
            waiting[place] = own;
            _sum += await own.Task;
        }
    }

    private async CoTask LeanSumInto(Completion<long>[] waiting, int place)
    {
        for (int left = Operations / 64; left > 0; left--)
        {
            Completion<long> own = _pool.Rent();
            waiting[place] = own;
            _sum += await own.Task;
        }
    }

    private async CoTask NestedSumInto(Completion<long>[] waiting, int place)
    {
        for (int left = Operations / 64; left > 0; left--)
            _sum += await WaitAt(waiting, place);
    }

    private async CoTask<long> WaitAt(Completion<long>[] waiting, int place)
    {
        Completion<long> own = _pool.Rent();
        waiting[place] = own;
        return await own.Task;
    }

    private void CompleteInTurn(Completion<long>[] waiting)
    {
        _executor.RunUntilBlocked();
        for (int left = Operations / 64; left > 0; left--)
        {
            foreach (Completion<long> completion in waiting)
                completion.TrySetResult(completion.Version, 1);
            _executor.RunUntilBlocked();
        }
    }

    private ValueTask Add()
    {
        _sum++;
        return ValueTask.CompletedTask;
    }
}
