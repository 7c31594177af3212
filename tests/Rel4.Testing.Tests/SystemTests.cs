using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Testing.Tests;

/// <summary>Does a test system belong to its thread, know what it was told, and end whatever its tasks do?</summary>
public sealed class SystemTests
{
    [Fact]
    public void Systems_OfTwoThreads_KnowNothingOfEachOther()
    {
        var both = new Barrier(2);
        Task<ulong>[] sums = [Task.Factory.StartNew(() => Sum(1), TaskCreationOptions.LongRunning), Task.Factory.StartNew(() => Sum(100), TaskCreationOptions.LongRunning)];

        Assert.Equal([3, 102], sums.Select(sum => sum.GetAwaiter().GetResult()));

        ulong Sum(ulong first)
        {
            using var system = new TestSystem();
            TestEndpoint sums = system.AddEndpoint("sums");
            system.AddTask("adder", () =>
            {
                ReceivedMessage request = TaskContext.Endpoint("sums").Receive();
                both.SignalAndWait(TimeSpan.FromSeconds(10));
                request.Reply(0, request[0] + request[1]);
            }).Grant("sums", sums, CapRights.Read);
            system.Grant("sums", sums, CapRights.Write | CapRights.GrantReply);
            return TaskContext.Endpoint("sums").Call(0, first, 2)[0];
        }
    }

    [Fact]
    public void TaskContext_AfterTheSystem_IsNoTasks()
    {
        using (var system = new TestSystem())
        {
            Assert.Equal("test", TaskContext.Name);
            Assert.Throws<InvalidOperationException>(() => new TestSystem());
        }

        Assert.False(TaskContext.IsAvailable);
        Assert.Throws<InvalidOperationException>(() => SeL4.Yield());
    }

    [Fact]
    public void Dispose_WithTasksThatWillNotEnd_EndsThemOrLeavesThem()
    {
        int ended = 0;
        var system = new TestSystem();
        TestEndpoint texts = system.AddEndpoint("texts");
        system.AddTask("server", () =>
        {
            try
            {
                ReL4.Run(async () =>
                {
                    await foreach (IpcRequest request in TaskContext.Endpoint("texts").ReceiveAllAsync())
                        await request.ReplyAsync(0);
                });
            }
            finally
            {
                ended++;
            }
        }).Grant("texts", texts, CapRights.Read | CapRights.Grant);
        system.AddTask("stubborn", () =>
        {
            while (true)
            {
                try
                {
                    TaskContext.Notification("never").Wait();
                }
                catch (Rel4Exception)
                {
                    // As some loops do.
                }
            }
        }).Grant("never", system.AddNotification("never"), CapRights.Read);
        system.Advance(TimeSpan.Zero);

        system.Dispose();

        Assert.Equal(1, ended);
        Assert.Throws<ObjectDisposedException>(() => system.Advance(TimeSpan.Zero));
    }

    [Fact]
    public void Members_OnAnotherThread_AreRefused()
    {
        using var system = new TestSystem();
        Exception? refusal = null;
        TestTask task = system.AddTask("task", () => refusal = Record.Exception(() => system.Advance(TimeSpan.Zero)));

        task.Join();

        Assert.IsType<InvalidOperationException>(refusal);
    }

    [Fact]
    public void Dispose_ByATask_IsRefusedAndTheSystemGoesOn()
    {
        using var system = new TestSystem();
        Exception? refusal = null;
        system.AddTask("task", () => refusal = Record.Exception(system.Dispose)).Join();

        Assert.IsType<InvalidOperationException>(refusal);
        system.AddTask("other", () => { }).Join();
    }

    [Fact]
    public void Dispose_BehindAnAwait_IsRefusedAndTheThreadCanHaveAnotherSystem()
    {
        var system = new TestSystem();
        TestTask left = system.AddTask("left", () => { });
        Exception? refusal = null;
        // As the pool's thread that goes on behind an await.
        var behind = new Thread(() => refusal = Record.Exception(system.Dispose));
        behind.Start();
        behind.Join();

        Assert.Contains("await inside of ReL4.Run", Assert.IsType<InvalidOperationException>(refusal).Message, StringComparison.OrdinalIgnoreCase);
        Assert.False(left.HasEnded);
        Assert.Throws<ObjectDisposedException>(left.Join);
        using var next = new TestSystem();
        next.AddTask("task", () => { }).Join();
    }

    [Fact]
    public void Grant_WhatCantBeFound_IsRefused()
    {
        using var system = new TestSystem();
        TestEndpoint sums = system.AddEndpoint("sums");
        TestTask task = system.AddTask("task", () => { }).Grant("sums", sums, CapRights.Read);

        Assert.Throws<ArgumentException>(() => task.Grant("sums", sums, CapRights.Read));
        Assert.Throws<ArgumentException>(() => system.AddTask("task", () => { }));
        Assert.Throws<ArgumentException>(() => system.AddEndpoint("sums"));
        task.Join();
        Assert.Throws<InvalidOperationException>(() => task.Grant("late", sums, CapRights.Read));
    }

    [Fact]
    public void Await_OfAnOrdinaryTask_ComesBackToTheTasksThreadWhileTimeStandsStill()
    {
        using var system = new TestSystem();
        int before = 0, after = -1;
        TimeSpan elapsed = TimeSpan.MaxValue;
        DateTimeOffset start = system.Clock.GetUtcNow();
        system.AddTask("ticker", () => ReL4.Run(async () =>
        {
            while (true)
                await Executor.Current!.Delay(TimeSpan.FromSeconds(1));
        }));
        TestTask task = system.AddTask("task", () => ReL4.Run(async () =>
        {
            before = Environment.CurrentManagedThreadId;
            await Task.Run(async () =>
            {
                Thread.Sleep(20);
                await Task.Yield();
                Thread.Sleep(20);
            });
            after = Environment.CurrentManagedThreadId;
            elapsed = system.Clock.GetUtcNow() - start;
        }));

        task.Join();

        Assert.Equal(before, after);
        Assert.Equal(TimeSpan.Zero, elapsed);
    }

    [Fact]
    public void CallAsync_OfAnEndpointThatNobodyReceivesFrom_TellsTheTestThatNobodyCanGoOn()
    {
        using var system = new TestSystem();
        system.Grant("sums", system.AddEndpoint("sums"), CapRights.Write | CapRights.Grant);

        TestStandstillException standstill = Assert.Throws<TestStandstillException>(() => ReL4.Run(async () => (await TaskContext.Endpoint("sums").CallAsync(1)).Dispose()));

        Assert.Contains("what the test waits for has not come", standstill.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_ThatWaitsForNothing_TellsTheTestAndCanGoOn()
    {
        using var system = new TestSystem();
        TestEndpoint sums = system.AddEndpoint("sums");
        system.Grant("sums", sums, CapRights.Read | CapRights.Grant);
        bool mayEnd = false;

        Assert.Throws<TestStandstillException>(() => ReL4.Run(async () =>
        {
            using IpcRequest request = await TaskContext.Endpoint("sums").ReceiveAsync();
        }));

        ReL4.Run(async () =>
        {
            await Executor.Current!.Delay(TimeSpan.FromDays(30));
            mayEnd = true;
        });
        Assert.True(mayEnd);
    }
}
