using System.Diagnostics;
using Rel4.Abi;

namespace Rel4.Runtime.Tests;

/// <summary>When does an executor poll its channels, publish what they wrote, and let them go cold?</summary>
public sealed class PollSourceTests
{
    private readonly List<string> _log = [];

    [Fact]
    public void Heat_WithWork_IsPolledUntilNothingIsLeft()
    {
        using var executor = EventParking.NewExecutor();
        var source = new FakeSource(_log, "a") { Incoming = 3 };
        executor.Heat(source);
        executor.RunUntilBlocked();
        Assert.Equal(["a attentive", "a work", "a work", "a work"], _log);
        Assert.Equal(1, executor.HotCount);
    }

    [Fact]
    public void MarkWritten_SeveralSources_ArePublishedBeforeAnyPeerIsNotified()
    {
        using var executor = EventParking.NewExecutor();
        FakeSource[] sources = [new(_log, "a"), new(_log, "b"), new(_log, "c")];
        executor.Spawn(async () =>
        {
            foreach (FakeSource source in sources)
            {
                executor.MarkWritten(source);
                executor.MarkWritten(source);
            }

            _log.Add("more");
            await executor.Yield();
            _log.Add("turn ends");
        });
        executor.RunUntilBlocked();
        Assert.Equal(["more", "turn ends", "a publish", "b publish", "c publish", "a notify", "b notify", "c notify"], _log);
        executor.RunUntilBlocked();
        Assert.Equal(8, _log.Count);
    }

    [Fact]
    public void Park_HotSources_GoColdFirstAndDoorbellHeatsThem()
    {
        using var stop = new CancellationTokenSource();
        var source = new FakeSource(_log, "a");
        ScriptedParking parking = null!;
        parking = new ScriptedParking(_log, () => Ring(parking, source), stop.Cancel);
        using var executor = new Executor(new ExecutorOptions { Parking = parking });
        executor.BindDoorbell(source, 63);
        executor.Heat(source);
        executor.Run(stop.Token);

        string[] expected = ["a attentive", "a cold", "prepare", "sleep", "end", "a attentive", "a work", "a cold", "prepare", "sleep", "end"];
        Assert.Equal(expected, _log);
        Assert.Equal(2, executor.Counters.Parks);
    }

    [Fact]
    public void Park_WorkComesWhileGoingCold_DoesNotSleep()
    {
        using var stop = new CancellationTokenSource();
        var source = new FakeSource(_log, "a") { ComesWhileGoingCold = 1 };
        using var executor = new Executor(new ExecutorOptions { Parking = new ScriptedParking(_log, stop.Cancel) });
        executor.Heat(source);
        executor.Run(stop.Token);
        Assert.Equal(["a attentive", "a stays hot", "a work", "a cold", "prepare", "sleep", "end"], _log);
    }

    [Fact]
    public void Park_DoorbellRingsAfterParkedWasShown_DoesNotSleep()
    {
        using var stop = new CancellationTokenSource();
        var source = new FakeSource(_log, "a");
        var parking = new ScriptedParking(_log, stop.Cancel);
        parking.AfterPrepare = () => Ring(parking, source);
        using var executor = new Executor(new ExecutorOptions { Parking = parking });
        executor.BindDoorbell(source, 63);
        executor.Run(stop.Token);
        Assert.Equal(["prepare", "a attentive", "end", "a work", "a cold", "prepare", "sleep", "end"], _log);
    }

    [Fact]
    public void Park_WorkPostedAfterParkedWasShown_DoesNotSleep()
    {
        using var stop = new CancellationTokenSource();
        var parking = new ScriptedParking(_log, stop.Cancel);
        using var executor = new Executor(new ExecutorOptions { Parking = parking });
        parking.AfterPrepare = () => executor.Post(_ => _log.Add("posted"));
        executor.Run(stop.Token);
        Assert.Equal(["prepare", "end", "posted", "prepare", "sleep", "end"], _log);
    }

    [Fact]
    public void Turns_WithoutWorkForOneSource_LetItGoColdWhileAnotherIsBusy()
    {
        using var executor = new Executor(new ExecutorOptions { Parking = new EventParking() });
        var busy = new FakeSource(_log, "busy") { Incoming = 1_000 };
        var idle = new FakeSource(_log, "idle");
        executor.Heat(idle);
        executor.Heat(busy);
        executor.RunUntilBlocked();
        Assert.False(idle.IsAttentive);
        Assert.InRange(idle.Polls, 256, 512);
        Assert.Equal(1, executor.HotCount);
    }

    [Fact]
    public void Doorbell_SharedByTwo_HeatsBoth()
    {
        using var stop = new CancellationTokenSource();
        FakeSource first = new(_log, "a"), second = new(_log, "b"), unbound = new(_log, "c");
        ScriptedParking parking = null!;
        parking = new ScriptedParking(_log, () => Ring(parking, first), stop.Cancel);
        using var executor = new Executor(new ExecutorOptions { Parking = parking });
        foreach (FakeSource source in (FakeSource[])[first, unbound, second])
            executor.BindDoorbell(source, 63);
        executor.UnbindDoorbell(unbound, 63);
        executor.UnbindDoorbell(unbound, 63);
        executor.Run(stop.Token);
        Assert.Contains("a work", _log);
        Assert.Contains("b cold", _log);
        Assert.Equal(0, unbound.Polls);
    }

    [Fact]
    public void Drop_FromInsideOfPoll_LeavesTheOthersPolled()
    {
        using var executor = EventParking.NewExecutor();
        FakeSource[] sources = [.. Enumerable.Range(0, 40).Select(number => new FakeSource(_log, $"{number}") { Incoming = 1 })];
        foreach (FakeSource source in sources)
            executor.Heat(source);
        sources[20].OnPoll = () =>
        {
            executor.Drop(sources[20]);
            executor.Drop(sources[3]);
            executor.Drop(sources[39]);
        };
        executor.RunUntilBlocked();
        Assert.Equal(37, executor.HotCount);
        Assert.All(sources, (source, number) => Assert.Equal(number == 3 ? 1 : 0, source.Incoming));
    }

    [Theory]
    [InlineData(ChannelAttention.Parked, 1)]
    [InlineData(ChannelAttention.Attentive, 0)]
    [InlineData(ChannelAttention.Spinning, 0)]
    public void Idle_WherePeersSleepOrRunHere_SleepsAtOnce(ChannelAttention peer, int processor)
    {
        using Executor executor = Spinning(TimeSpan.FromSeconds(1), out CancellationTokenSource stop);
        var source = new FakeSource(_log, "a") { Peer = peer, PeersProcessor = processor };
        executor.Heat(source);
        long start = Stopwatch.GetTimestamp();
        executor.Run(stop.Token);
        stop.Dispose();

        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(0.5));
        Assert.Equal(["a attentive", "a cold", "prepare", "sleep", "end"], _log);
        Assert.Equal(1, executor.Counters.SpinsMissed);
    }

    [Theory]
    [InlineData(ChannelAttention.Spinning, 80)]
    [InlineData(ChannelAttention.Attentive, 160)]
    public void Idle_WhereAPeerIsAwakeElsewhere_SpinsAndShowsSoAndSleepsAfterAWhile(ChannelAttention peer, int microseconds)
    {
        using Executor executor = Spinning(TimeSpan.FromMicroseconds(40), out CancellationTokenSource stop);
        var source = new FakeSource(_log, "a") { Peer = peer };
        executor.Heat(source);
        long start = Stopwatch.GetTimestamp();
        executor.Run(stop.Token);
        stop.Dispose();

        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.FromMicroseconds(microseconds), TimeSpan.MaxValue);
        Assert.Equal(["a attentive", "a spinning", "a attentive", "a cold", "prepare", "sleep", "end"], _log);
    }

    [Fact]
    public void Spin_ThatFindsWork_ShowsThatItWorksAgain()
    {
        using Executor executor = Spinning(TimeSpan.FromMicroseconds(10), out CancellationTokenSource stop);
        var source = new FakeSource(_log, "a") { Peer = ChannelAttention.Attentive };
        source.OnShown = isSpinning => source.Incoming = isSpinning ? 1 : 0;
        source.OnPoll = () => source.Peer = ChannelAttention.Parked;
        executor.Heat(source);
        executor.Run(stop.Token);
        stop.Dispose();

        Assert.Equal(["a attentive", "a spinning", "a work", "a attentive", "a cold", "prepare", "sleep", "end"], _log);
        Assert.Equal(1, executor.Counters.SpinsPaid);
    }

    [Fact]
    public void Spin_BesideAStrangerThatKeepsTheProcessor_YieldsToItOnceForALongTime()
    {
        // By far longer than ten yields of it, unless the machine takes this thread's processor away for a second.
        const int Idles = 5;
        int yields = 0;
        using var stop = new CancellationTokenSource();
        var source = new FakeSource(_log, "a") { Peer = ChannelAttention.Attentive };
        Action[] sleeps = [.. Enumerable.Range(1, Idles).Select(idle => (Action)(idle == Idles ? stop.Cancel : () => { }))];
        using var executor = new Executor(new ExecutorOptions
        {
            Parking = new ScriptedParking(_log, sleeps)
            {
                Spins = true,
                Cost = TimeSpan.FromMicroseconds(50),
                OnYield = () =>
                {
                    yields++;
                    Thread.Sleep(100);
                },
            },
        });
        executor.Heat(source);

        executor.Run(stop.Token);

        Assert.Equal(1, yields);
        Assert.Equal(Idles, executor.Counters.SpinsMissed);
    }

    private Executor Spinning(TimeSpan wakeUpCost, out CancellationTokenSource stop)
    {
        stop = new CancellationTokenSource();
        return new Executor(new ExecutorOptions { Parking = new ScriptedParking(_log, stop.Cancel) { Spins = true, Cost = wakeUpCost } });
    }

    private static void Ring(ScriptedParking parking, FakeSource source)
    {
        source.Incoming++;
        parking.Doorbells = 1UL << 63;
    }
}
