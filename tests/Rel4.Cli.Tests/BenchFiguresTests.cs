using System.Diagnostics;
using Rel4.Ipc.Bench;

namespace Rel4.Cli.Tests;

/// <summary>Are figures of benchmarks worked out as their reports say?</summary>
public sealed class BenchFiguresTests
{
    private static readonly MachineDescription s_machine = new("", 2, "", "", 0, default);

    [Fact]
    public void Spread_OfRounds_IsMedianAndQuartiles()
    {
        Assert.Equal(new Spread(3, 2, 4), Spread.Of([5, 1, 3, 2, 4]));
        Assert.Equal(new Spread(7, 7, 7), Spread.Of([7]));
    }

    [Fact]
    public void Ratios_OfRoundsThatWereDisturbedTogether_AreNotDisturbed() =>
        Assert.Equal(new Spread(2, 2, 2), Spread.OfRatios([20, 2000, 200, 40], [10, 1000, 100, 20]));

    [Fact]
    public void Spread_Shown_HasItsQuartiles() => Assert.Equal("1.5 (0.25–1,200)", new Spread(1500, 250, 1_200_000).Show(1000));

    [Fact]
    public void Schedule_BeforeItsTime_GivesNoCall()
    {
        var schedule = new Schedule(callsPerSecond: 1000, count: 3);
        Assert.False(schedule.TryTake(long.MaxValue, out _));
        schedule.Begin(0);

        Assert.True(schedule.TryTake(0, out long first));
        Assert.False(schedule.TryTake(Milliseconds(1) - 1, out _));
        Assert.True(schedule.TryTake(Milliseconds(1), out long second));
        Assert.True(schedule.TryTake(Milliseconds(9), out long third));
        Assert.False(schedule.TryTake(Milliseconds(9), out _));

        Assert.True(schedule.IsOver);
        Assert.Equal((0, Milliseconds(1), Milliseconds(2)), (first, second, third));
    }

    [Fact]
    public void Schedule_AfterAHiccup_CountsCallsFromWhenTheyWereDue()
    {
        var schedule = new Schedule(callsPerSecond: 1000, count: 1000);
        schedule.Begin(0);
        schedule.Begin(0);
        // One call takes half a second and all the others none, so that 500 of 1000 begin late: 499 ms, 498 ms, and so on.
        long now = 0;
        while (schedule.TryTake(Math.Max(now, Milliseconds(1000)), out long due))
        {
            now = Math.Max(now, due);
            if (due == 0)
                now = Milliseconds(500);
            schedule.Record(due, now);
        }

        schedule.End();
        LatencyFigures figures = schedule.Figures("way");

        Assert.InRange(figures.P50Ns.Median, 0, 1.01e6);
        Assert.InRange(figures.P99Ns.Median, 488e6, 492e6);
        Assert.InRange(figures.P999Ns.Median, 498e6, 501e6);
        Assert.InRange(figures.MaxNs.Median, 499e6, 501e6);
        Assert.Equal(figures.WholeRun, new Percentiles(figures.P50Ns.Median, figures.P99Ns.Median, figures.P999Ns.Median, figures.MaxNs.Median));
    }

    [Fact]
    public void Schedule_OfSeveralRounds_KeepsThemApartAndTogether()
    {
        var schedule = new Schedule(callsPerSecond: 1000, count: 1);
        foreach (int milliseconds in (int[])[1, 2, 100])
        {
            schedule.Begin(0);
            schedule.Record(0, Milliseconds(milliseconds));
            schedule.End();
        }

        LatencyFigures figures = schedule.Figures("way");

        Assert.InRange(figures.MaxNs.Median, 1.99e6, 2.01e6);
        Assert.InRange(figures.WholeRun.MaxNs, 99e6, 101e6);
    }

    [Fact]
    public void Budgets_OfOneMachine_AreRatiosOfTheSameRounds()
    {
        Budget[] budgets = [.. IpcBudgets.Of(MakeFigures(hasTwoCores: true))];

        Assert.Equal(budgets.Length, budgets.Select(budget => budget.Name).Distinct().Count());
        AssertBudget(budgets, "a call at 64 in flight, by the bare channel's", 1.6, isMet: false);
        AssertBudget(budgets, "a call at 1, by the bare channel's round trip", 1.5, isMet: true);
        AssertBudget(budgets, "handler that awaits a method that yields, at 64, by the plain one", 2, isMet: false);
        AssertBudget(budgets, "handler that awaits a method that replies, at 64, by the plain one", 1.25, isMet: true);
        AssertBudget(budgets, "memory allocated by such handlers", 152, isMet: false);
        AssertBudget(budgets, "99.9 % of calls at half the highest rate, by 50 % of a Unix socket's", 0.5, isMet: true);
        AssertBudget(budgets, "a call from a pool thread at 1, by a Unix socket's round trip", 0.75, isMet: false);
        AssertBudget(budgets, "a call from a pool thread at 64", 900, isMet: true);
        AssertBudget(budgets, "memory allocated by pool threads' calls", 0, isMet: true);
        AssertBudget(budgets, "a call at 1 on one core, by a Unix socket's round trip there", 0.5, isMet: true);
        AssertBudget(budgets, "doorbells on one core, a batch of 64", 2, isMet: true);
        AssertBudget(budgets, "SeL4.Call, where Linux puts them, by a Unix socket's round trip", 1, isMet: false);
        AssertBudget(budgets, "SeL4.Call, one core, by a Unix socket's round trip", 0.75, isMet: true);
        Assert.Equal(new Spread(1.5, 1.5, 1.5), budgets.Single(budget => budget.Name.StartsWith("a call at 1, by", StringComparison.Ordinal)).Rounds);
    }

    [Fact]
    public void Budgets_OfAMachineWithOneCore_AreThoseThatItCanTell()
    {
        Budget[] budgets = [.. IpcBudgets.Of(MakeFigures(hasTwoCores: false))];

        Assert.DoesNotContain(budgets, budget => budget.Name.Contains("bare channel", StringComparison.Ordinal));
        AssertBudget(budgets, "a call at 1 on one core, by a Unix socket's round trip there", 0.5, isMet: true);
    }

    [Fact]
    public void Disturbed_Runs_AreJudgedByTheWorst()
    {
        Budget budget = DisturbedBenchmark.BudgetOf([RunOf(1000, 20_000), RunOf(30_000, 20_000), RunOf(10_000, 20_000)]);

        Assert.Equal((1.5, false), (budget.Measured, budget.IsMet));

        static DisturbedRun RunOf(double call, double socket) => new(1, new Spread(call, call, call), new Spread(socket, socket, socket));
    }

    [Fact]
    public void Budget_Shown_NamesRatioItsSpreadLimitAndVerdict()
    {
        Assert.Equal(
            ["calls", "2.25 x (2–2.5)", "1.5 x", "missed"], Budget.AtMost("calls", new Spread(2.25, 2, 2.5), 1.5, "x").ToCells());
        Assert.Equal(["doorbells", "2", "2.2", "met"], Budget.AtMost("doorbells", 2, 2.2, "").ToCells());
        Assert.Equal(["echo", "0.5 x", "0.4 x", "met"], Budget.AtLeast("echo", 0.5, 0.4, "x").ToCells());
    }

    private static long Milliseconds(long count) => count * Stopwatch.Frequency / 1000;

    private static void AssertBudget(Budget[] budgets, string name, double measured, bool isMet)
    {
        Budget budget = Assert.Single(budgets, budget => budget.Name == name);
        Assert.Equal(measured, budget.Measured, 6);
        Assert.Equal(isMet, budget.IsMet);
    }

    private static IpcFigures MakeFigures(bool hasTwoCores) => new(
        s_machine,
        [
            .. hasTwoCores ? TwoCores() : [],
            Way(Ways.Async, Ways.OneCore, 1, 5000), Way(Ways.UnixSocket, Ways.OneCore, 1, 10_000),
            Way(Ways.Async, Ways.OneCore, 64, 300) with { DoorbellsPerCall = 2 / 64.0 },
            Way(Ways.Sync, Ways.OneCore, 1, 7500), Way(Ways.UnixSocketWords, Ways.OneCore, 1, 10_000),
            Way(Ways.Sync, Ways.Anywhere, 1, 20_000), Way(Ways.UnixSocketWords, Ways.Anywhere, 1, 20_000),
            Way(Ways.AsyncParked, Ways.Anywhere, 1, 50_000), Way(Ways.UnixSocketParked, Ways.Anywhere, 1, 50_000),
        ],
        hasTwoCores ? [Latency(Ways.Async, 1000, 10_000), Latency(Ways.UnixSocket, 20_000, 50_000), Latency(Ways.NamedPipe, 20_000, 50_000)] : [],
        [new AsyncPoint(1, 1, 0, Same(5000), 2, 0), new AsyncPoint(8, 1, 0, Same(1000), 0.25, 0)],
        []);

    private static WayFigures[] TwoCores() =>
    [
        Way(Ways.BareChannel, Ways.TwoCores, 1, 300), Way(Ways.Async, Ways.TwoCores, 1, 450),
        Way(Ways.BareChannel, Ways.TwoCores, 64, 100), Way(Ways.Async, Ways.TwoCores, 64, 160),
        Way(Ways.AwaitYield, Ways.TwoCores, 64, 320) with { BytesPerCall = 152 }, Way(Ways.AwaitReply, Ways.TwoCores, 64, 200),
        Way(Ways.Pool, Ways.TwoCores, 1, 15_000) with { BytesPerCall = 0.4 }, Way(Ways.Pool, Ways.TwoCores, 64, 900),
        Way(Ways.UnixSocket, Ways.TwoCores, 1, 20_000),
    ];

    /// <summary>Makes figures of three rounds, of which the second was disturbed a hundredfold, whatever was measured in it.</summary>
    private static WayFigures Way(string way, string placement, int inFlight, double ns) =>
        new(way, placement, inFlight, Spread.Of([ns, ns * 100, ns]), 0, 0) { Rounds = [ns, ns * 100, ns] };

    private static LatencyFigures Latency(string way, double p50, double p999) =>
        new(way, 1000, Same(p50), Same(p999), Same(p999), Same(p999), new Percentiles(p50, p999, p999, p999));

    private static Spread Same(double value) => new(value, value, value);
}
