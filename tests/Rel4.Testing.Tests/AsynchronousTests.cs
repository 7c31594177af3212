using System.Diagnostics;
using System.Text;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Testing.Tests;

/// <summary>Do channels between the tasks of a test system work as between processes, and take no time but the test's?</summary>
public sealed class AsynchronousTests : IDisposable
{
    private readonly TestSystem _system = new();
    private readonly TestEndpoint _texts;
    private readonly TestTask _server;

    public AsynchronousTests()
    {
        _texts = _system.AddEndpoint("texts");
        _server = _system.AddTask("server", () => ReL4.Run(ServeAsync)).Grant("requests", _texts, CapRights.Read | CapRights.Grant);
        _system.Grant("server", _texts, CapRights.Write | CapRights.Grant, badge: 7);
    }

    public void Dispose() => _system.Dispose();

    [Fact]
    public void CallAsync_OfAServer_IsAnsweredAndShowsTheBadge() => ReL4.Run(async () =>
    {
        Assert.Equal("7: TEA", await CallAsync("tea"));
        Assert.Equal(400_003, (await CallAsync(new string('x', 400_000))).Length);
    });

    /// <summary>A span that began behind the write would be too short, and the call would be no part of it.</summary>
    [Fact]
    public void CallAsync_ThatIsWatched_IsFromBeforeItsMessageIsWritten() => ReL4.Run(async () =>
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Rel4",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(listener);
        string? during = null;

        using IpcResponse response = await TaskContext.Endpoint("server").CallAsync(
            0, length: 3, "tea", (payload, text) => { during = Activity.Current?.OperationName; Encoding.UTF8.GetBytes(text, payload); });

        Assert.Equal("rel4.call", during);
        Assert.Null(Activity.Current);
        Assert.Equal("7: TEA", Encoding.UTF8.GetString(response.Payload));
    });

    [Fact]
    public void CallAsync_ThatTakesLong_TimesOutInTheTestsTimeAndNotInOurs()
    {
        DateTimeOffset start = _system.Clock.GetUtcNow();
        long ours = Environment.TickCount64;
        ReL4.Run(async () =>
        {
            await CallAsync("tea");
            await Assert.ThrowsAsync<TimeoutException>(() => CallAsync("wait 01:00:00").AsTask());
        });

        Assert.Equal(TimeSpan.FromSeconds(10), _system.Clock.GetUtcNow() - start);
        Assert.InRange(Environment.TickCount64 - ours, 0, 9_000);
    }

    [Fact]
    public void Advance_ByATime_LetsWhatIsDueGoOnAtItsMoment()
    {
        var ticks = new List<TimeSpan>();
        DateTimeOffset start = _system.Clock.GetUtcNow();
        _system.AddTask("ticker", () => ReL4.Run(async () =>
        {
            while (true)
            {
                await Executor.Current!.Delay(TimeSpan.FromSeconds(2));
                ticks.Add(_system.Clock.GetUtcNow() - start);
            }
        }));

        _system.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(ticks);
        _system.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(6)], ticks);
        Assert.Throws<ArgumentOutOfRangeException>(() => _system.Advance(TimeSpan.FromTicks(-1)));
    }

    [Fact]
    public void TaskDelay_ByTheTestsClock_EndsAtItsMoment() => ReL4.Run(async () =>
    {
        // So that a channel's opening, which waits for moments of its own, is over.
        await CallAsync("tea");
        await Executor.Current!.Delay(TimeSpan.FromHours(1));
        DateTimeOffset start = _system.Clock.GetUtcNow();
        Task later = Task.Delay(TimeSpan.FromMinutes(1), _system.Clock);
        await Task.Delay(TimeSpan.FromSeconds(2), _system.Clock);
        Assert.Equal(TimeSpan.FromSeconds(2), _system.Clock.GetUtcNow() - start);
        await later;
        Assert.Equal(TimeSpan.FromMinutes(1), _system.Clock.GetUtcNow() - start);
    });

    [Fact]
    public void Kill_OfAServer_EndsItsCallsAndRestartServesThoseThatCome() => ReL4.Run(async () =>
    {
        Assert.Equal("7: TEA", await CallAsync("tea"));
        Task<string> lost = CallAsync("wait 00:00:05").AsTask();
        await Executor.Current!.Delay(TimeSpan.FromSeconds(1));

        _server.Kill();

        await Assert.ThrowsAsync<ChannelEndedException>(() => lost);
        await Assert.ThrowsAsync<TimeoutException>(() => CallAsync("tea").AsTask());
        _server.Restart();
        Assert.Equal("7: COFFEE", await CallAsync("coffee"));
    });

    [Fact]
    public void CallAsync_WithoutTheRight_IsRefused()
    {
        _system.Grant("reader", _texts, CapRights.Read);
        ReL4.Run(async () =>
        {
            await Assert.ThrowsAnyAsync<Exception>(() => TaskContext.Endpoint("reader").CallAsync(0).AsTask());
            Assert.Equal("7: TEA", await CallAsync("tea"));
        });
    }

    [Fact]
    public void WaitAsync_ForSignals_TakesThemByTheirBadges()
    {
        TestNotification bell = _system.AddNotification("bell");
        ulong taken = 0;
        _system.AddTask("waiter", () => ReL4.Run(async () =>
        {
            while (true)
                taken |= await TaskContext.Notification("bell").WaitAsync();
        })).Grant("bell", bell, CapRights.Read);
        _system.Grant("first", bell, CapRights.Write, badge: 1);
        _system.Grant("second", bell, CapRights.Write, badge: 4);
        _system.Advance(TimeSpan.Zero);

        ReL4.Run(async () =>
        {
            TaskContext.Notification("first").SignalUser();
            await Executor.Current!.Delay(TimeSpan.FromMilliseconds(1));
            Assert.Equal(1u, taken);
            TaskContext.Notification("second").SignalUser();
        });
        _system.Advance(TimeSpan.Zero);

        Assert.Equal(5u, taken);
    }

    [Fact]
    public void Run_OfManyClients_TakesTheSameCourseEachTime()
    {
        string[] courses = [.. Enumerable.Range(0, 3).Select(_ => Course())];

        Assert.Equal(400, courses[0].Split(' ').Length - 1);
        Assert.Equal(courses[0], courses[1]);
        Assert.Equal(courses[0], courses[2]);

        static string Course()
        {
            var course = new StringBuilder();
            var thread = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            thread.GetAwaiter().GetResult();
            return course.ToString();

            void Run()
            {
                using var system = new TestSystem();
                TestEndpoint texts = system.AddEndpoint("texts");
                system.AddTask("server", () => ReL4.Run(ServeAsync)).Grant("requests", texts, CapRights.Read | CapRights.Grant);
                TestTask[] clients = [.. Enumerable.Range(0, 4).Select(number => system.AddTask($"client {number}", () => ReL4.Run(() => CallManyAsync(number)))
                    .Grant("server", texts, CapRights.Write | CapRights.Grant))];
                foreach (TestTask client in clients)
                    client.Join();

                async ValueTask CallManyAsync(int number)
                {
                    await Task.WhenAll(Enumerable.Range(0, 100).Select(async call =>
                    {
                        string answer = await CallAsync(call % 7 == 0 ? $"wait 00:00:00.00{number}" : new string('x', call * 17));
                        course.Append(answer.Length).Append(':').Append(number).Append(' ');
                    }));
                }
            }
        }
    }

    private static async ValueTask ServeAsync()
    {
        await foreach (IpcRequest request in TaskContext.Endpoint("requests").ReceiveAllAsync())
        {
            string text = Encoding.UTF8.GetString(request.Payload);
            if (text.StartsWith("wait ", StringComparison.Ordinal))
                await Executor.Current!.Delay(TimeSpan.Parse(text[5..]));
            await request.ReplyAsync(label: 0, Encoding.UTF8.GetBytes($"{request.Badge}: {text.ToUpperInvariant()}"));
        }
    }

    private static async ValueTask<string> CallAsync(string text)
    {
        using IpcResponse answer = await TaskContext.Endpoint("server").CallAsync(label: 0, Encoding.UTF8.GetBytes(text), TimeSpan.FromSeconds(10));
        return Encoding.UTF8.GetString(answer.Payload);
    }
}
