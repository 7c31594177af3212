namespace Rel4.Runtime.Tests.Async.Coroutines;

/// <summary>Do lean async methods give what they are awaited for: results, exceptions, turns, and no garbage?</summary>
public sealed class CoTaskTests : IDisposable
{
    private readonly Executor _executor = EventParking.NewExecutor();

    [Fact]
    public void Method_ThatDoesNotSuspend_IsCompleteWithItsResult() => Run(async () =>
    {
        CoTask<int> task = Plus(1, suspends: 0);

        Assert.True(task.IsCompleted);
        Assert.Equal(2, await task);
    });

    [Fact]
    public void Method_ThatSuspends_GoesOnAndGivesItsResult() => Run(async () =>
    {
        CoTask<int> task = Plus(1, suspends: 3);

        Assert.False(task.IsCompleted);
        Assert.Equal(2, await task);
    });

    [Fact]
    public void Methods_CallsDeep_GiveWhatTheInnermostGives() => Run(async () => Assert.Equal(1, await Nested(100)));

    /// <summary>Each begins when it is its turn, as tail calls and chains of work do, so the depth of the stack shows only as they end.</summary>
    [Fact]
    public void Methods_ThatAwaitEachOther_EndWithoutAStackOfThemAll() => Run(async () =>
    {
        CoTask<int> last = Plus(0, suspends: 1);
        for (int i = 1; i < 100_000; i++)
            last = After(last);

        Assert.Equal(100_000, await last);
    });

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Method_ThatThrows_ThrowsWhereItIsAwaitedAndIsUsedAgain(int suspends) => Run(async () =>
    {
        for (int i = 0; i < 3; i++)
        {
            CoTask task = Throw(suspends);
            Assert.Equal("thrown", (await Assert.ThrowsAsync<InvalidOperationException>(task.AsTask)).Message);
        }

        Assert.Equal(3, await Catch(suspends));
        Assert.Equal(2, await Plus(1, suspends));
    });

    [Fact]
    public void Task_AwaitedTwice_Throws() => Run(async () =>
    {
        CoTask<int> task = Plus(1, suspends: 1), copy = task;
        Assert.Equal(2, await task);

        Assert.Throws<InvalidOperationException>(() => copy.GetAwaiter().GetResult());
        Assert.Throws<InvalidOperationException>(() => copy.IsCompleted);
    });

    [Fact]
    public void Task_AwaitedByTwo_Throws() => Run(async () =>
    {
        CoTask<int> task = Plus(1, suspends: 1);
        CoroutineId first = _executor.Spawn(async () => await task);
        await _executor.Yield();

        Assert.Throws<InvalidOperationException>(() => task.GetAwaiter().UnsafeOnCompleted(static () => { }));
        await _executor.Join(first);
    });

    [Fact]
    public void Result_BeforeTheEnd_Throws() => Run(async () =>
    {
        CoTask<int> task = Plus(1, suspends: 1);

        Assert.Contains("Await it", Assert.Throws<InvalidOperationException>(() => task.GetAwaiter().GetResult()).Message, StringComparison.Ordinal);
        Assert.Equal(2, await task);
    });

    [Fact]
    public void Task_ThatIsTheDefaultValue_IsCompleteOrSaysSo() => Run(async () =>
    {
        await default(CoTask);
        Assert.True(CoTask.CompletedTask.IsCompleted);
        Assert.Throws<InvalidOperationException>(() => default(CoTask<int>).GetAwaiter());
    });

    [Fact]
    public void Task_OfAnotherCoroutine_ResumesItsAwaiterInTheAwaitersTurn() => Run(async () =>
    {
        CoTask<int> task = Plus(1, suspends: 2);
        CoroutineId waiter = default, running = default;
        waiter = _executor.Spawn(async () =>
        {
            Assert.Equal(2, await task);
            running = _executor.CurrentCoroutine;
        });
        await _executor.Join(waiter);

        Assert.Equal(waiter, running);
    });

    [Fact]
    public void Task_AsOneOfDotNets_HasTheSameResult() => Run(async () =>
    {
        Assert.Equal(2, await Plus(1, suspends: 1).AsTask());
        Assert.Equal(3, await Plus(2, suspends: 1).AsValueTask());
        ValueTask<int> converted = Plus(3, suspends: 0);
        Assert.Equal(4, await converted);
        await _executor.Yield().AsTask();
    });

    [Fact]
    public void Task_OfDotNets_CanBeAwaitedAndComesHome() => Run(async () => Assert.Equal((42, true), await FromThePool()));

    [Fact]
    public void Task_OfDotNetsThatFails_ThrowsWhereItIsAwaited() => Run(async () =>
    {
        Assert.Equal(1, await CatchForeign(Task.FromException<int>(new InvalidOperationException("thrown"))));
        Assert.Equal(1, await CatchForeign(Task.Run(int () => throw new InvalidOperationException("thrown"))));
        Assert.Equal(1, await CatchForeign(Task.FromException(new InvalidOperationException("thrown"))));
    });

    [Fact]
    public void Method_OnAThreadWithoutExecutor_SaysSo()
    {
        Exception? refusal = null;
        var thread = new Thread(() => refusal = Record.Exception(() => Plus(1, suspends: 0)));
        thread.Start();
        thread.Join();

        Assert.Contains("executor", Assert.IsType<InvalidOperationException>(refusal).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Await_OnAnotherThread_IsRefused() => Run(async () =>
    {
        CoTask<int> task = Plus(1, suspends: 1);
        await Task.Run(() => Assert.Throws<InvalidOperationException>(() => task.GetAwaiter().UnsafeOnCompleted(static () => { }))).ConfigureAwait(true);
        Assert.Equal(2, await task);
    });

    [Fact]
    public void ExecutionContext_OfAUsualMethod_ComesBackAfterALeanOne() => Run(async () =>
    {
        var local = new AsyncLocal<string> { Value = "mine" };
        Assert.Equal(2, await Plus(1, suspends: 2));

        Assert.Equal("mine", local.Value);
    });

    [Fact]
    public void ExecutionContext_OfALeanMethod_IsNotThatOfOtherCoroutines() => Run(async () =>
    {
        var local = new AsyncLocal<string>();
        string? seen = null;
        CoroutineId one = _executor.Spawn(() => SetAsync());
        CoroutineId other = _executor.Spawn(() => GetAsync());
        await _executor.Join(one);
        await _executor.Join(other);

        Assert.Null(seen);

        async CoTask SetAsync()
        {
            await _executor.Yield();
            local.Value = "mine";
            await _executor.Yield();
            await _executor.Yield();
        }

        async CoTask GetAsync()
        {
            for (int i = 0; i < 3; i++)
            {
                await _executor.Yield();
                seen ??= local.Value;
            }
        }
    });

    [Fact]
    public void Yield_OfAnotherThreadsExecutor_IsRefused() => Run(() =>
    {
        CoTask yield = _executor.Yield();
        Exception? refusal = null;
        var thread = new Thread(() =>
        {
            using var other = EventParking.NewExecutor();
            refusal = Record.Exception(() => other.RunUntilComplete(() => AwaitAsync(yield)));
        });
        thread.Start();
        thread.Join();

        Assert.IsType<InvalidOperationException>(refusal);
        return default;

        static async CoTask AwaitAsync(CoTask task) => await task;
    });

    [Fact]
    public void Methods_InSteadyState_AllocateNothing() => Run(async () =>
    {
        await Repeat(1000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        int sum = await Repeat(1000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(3000, sum);
    });

    /// <inheritdoc/>
    public void Dispose() => _executor.Dispose();

    private void Run(Func<ValueTask> test) => _executor.RunUntilComplete(test);

    private async CoTask<int> Plus(int number, int suspends)
    {
        for (int i = 0; i < suspends; i++)
            await _executor.Yield();
        return number + 1;
    }

    private async CoTask<int> Nested(int depth) => depth == 0 ? await Plus(0, suspends: 2) : await Nested(depth - 1);

    private static async CoTask<int> After(CoTask<int> before) => await before + 1;

    private async CoTask Throw(int suspends)
    {
        for (int i = 0; i < suspends; i++)
            await _executor.Yield();
        throw new InvalidOperationException("thrown");
    }

    private async CoTask<int> Catch(int suspends)
    {
        try
        {
            await Throw(suspends);
            return 0;
        }
        catch (InvalidOperationException)
        {
            await _executor.Yield();
            return 3;
        }
    }

    [Fact]
    public void AsCoTask_OfATaskThatHasEnded_NeedNotBeWaitedFor()
    {
        var failed = Task.FromException<int>(new InvalidOperationException());

        Assert.Equal(42, ResultOf(Task.FromResult(42).AsCoTask()));
        Assert.Throws<InvalidOperationException>(() => ResultOf(failed.AsCoTask()));
        Assert.True(Task.CompletedTask.AsCoTask().GetAwaiter().IsCompleted);

        static int ResultOf(CoTask<int> task)
        {
            Assert.True(task.GetAwaiter().IsCompleted);
            return task.GetAwaiter().GetResult();
        }
    }

    private static async CoTask<int> CatchForeign(Task task)
    {
        try
        {
            await task.AsCoTask();
            return 0;
        }
        catch (InvalidOperationException)
        {
            return 1;
        }
    }

    private static async CoTask<int> CatchForeign(Task<int> task)
    {
        try
        {
            return await task.AsCoTask();
        }
        catch (InvalidOperationException)
        {
            return 1;
        }
    }

    private async CoTask<(int Result, bool IsHome)> FromThePool()
    {
        int result = await Task.Run(static async () =>
        {
            await Task.Yield();
            return 42;
        }).AsCoTask();
        return (result, _executor.IsOwner);
    }

    private async CoTask<int> Repeat(int count)
    {
        int sum = 0;
        for (int i = 0; i < count; i++)
        {
            sum += await Plus(0, suspends: 1) + await Plus(1, suspends: 0);
            await _executor.Delay(TimeSpan.Zero);
        }

        return sum;
    }
}
