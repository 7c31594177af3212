using Rel4.Ipc.Bench.Tasks;

namespace Rel4.Ipc.Bench;

/// <summary>Compares what <c>rel4 bench ipc</c> found with what was wanted: ratios first, as they mean the same on every machine.</summary>
internal static class IpcBudgets
{
    /// <summary>Below it, a rise from one concurrency to the next is the machine's noise.</summary>
    private const double Noise = 1.15;

    private const int Many = WaysClient.Many;

    public static IEnumerable<Budget> Of(IpcFigures figures)
    {
        IEnumerable<Budget> budgets = figures.Ways.Any(way => way.Placement == Ways.TwoCores) ? OfTwoCores(figures) : [];
        return [.. budgets, .. OfOneCore(figures), .. OfSync(figures), .. OfSweep(figures)];
    }

    private static IEnumerable<Budget> OfTwoCores(IpcFigures figures)
    {
        WayFigures one = Of(Ways.Async, 1), many = Of(Ways.Async, Many), socket = Of(Ways.UnixSocket, 1);
        WayFigures[] nested = [Of(Ways.AwaitYield, Many), Of(Ways.AwaitReply, Many)], pool = [Of(Ways.Pool, 1), Of(Ways.Pool, Many)];
        yield return Ratio($"a call at {Many} in flight, by the bare channel's", many, Of(Ways.BareChannel, Many), 1.5);
        yield return Ratio("a call at 1, by the bare channel's round trip", one, Of(Ways.BareChannel, 1), 1.5);
        yield return Ratio($"handler that awaits a method that yields, at {Many}, by the plain one", nested[0], many, 1.4);
        yield return Ratio($"handler that awaits a method that replies, at {Many}, by the plain one", nested[1], many, 1.4);
        yield return Budget.AtMost("memory allocated by such handlers", nested.Max(way => way.BytesPerCall!.Value), 0, "bytes a call");
        LatencyFigures call = figures.Latencies.Single(way => way.Way == Ways.Async);
        LatencyFigures byCall = figures.Latencies.Single(way => way.Way == Ways.UnixSocket);
        yield return Budget.AtMost(
            "99.9 % of calls at half the highest rate, by 50 % of a Unix socket's", call.P999Ns.Median / byCall.P50Ns.Median, 1, "x");
        yield return Ratio("a call from a pool thread at 1, by a Unix socket's round trip", pool[0], socket, 0.5);
        yield return Budget.AtMost($"a call from a pool thread at {Many}", pool[1].NsPerCall, 1000, "ns");
        // The collector counts by its own blocks, so that what is less than a byte a call is none.
        yield return Budget.AtMost("memory allocated by pool threads' calls", pool.Max(way => Math.Floor(way.BytesPerCall!.Value)), 0, "bytes a call");

        WayFigures Of(string way, int inFlight) => figures.Of(way, Ways.TwoCores, inFlight);
    }

    private static IEnumerable<Budget> OfOneCore(IpcFigures figures)
    {
        yield return Ratio(
            "a call at 1 on one core, by a Unix socket's round trip there",
            figures.Of(Ways.Async, Ways.OneCore),
            figures.Of(Ways.UnixSocket, Ways.OneCore),
            1);
        yield return Budget.AtMost(
            $"doorbells on one core, a batch of {Many}", Many * figures.Of(Ways.Async, Ways.OneCore, Many).DoorbellsPerCall!.Value, 2.2, "");
    }

    private static IEnumerable<Budget> OfSync(IpcFigures figures)
    {
        foreach (string placement in (string[])[Ways.Anywhere, Ways.OneCore])
        {
            yield return Ratio(
                $"SeL4.Call, {placement}, by a Unix socket's round trip", figures.Of(Ways.Sync, placement), figures.Of(Ways.UnixSocketWords, placement), 0.8);
        }

        yield return Budget.AtMost(
            "a call between sleeping tasks, by a Unix socket's round trip",
            figures.Of(Ways.AsyncParked, Ways.Anywhere).NsPerCall.Median / figures.Of(Ways.UnixSocketParked, Ways.Anywhere).NsPerCall.Median,
            1.3,
            "x");
    }

    private static IEnumerable<Budget> OfSweep(IpcFigures figures)
    {
        foreach (int cores in IpcBenchmark.CoresOf(figures))
            yield return Budget.AtMost($"rise of a call's cost with concurrency, {IpcBenchmark.Name(cores)}", RiseOf(figures, cores), Noise, "x");
        IEnumerable<AsyncPoint> busy = figures.Async.Where(point => point is { Cores: 2, Concurrency: >= 8 });
        if (busy.MaxBy(point => point.DoorbellsPerCall) is { } worst)
        {
            yield return Budget.AtMost(
                $"doorbells at concurrency 8 and more, two cores (most at {worst.Concurrency}, {worst.ServerWorkUs} us)", worst.DoorbellsPerCall, 0.01, "a call");
        }

        yield return Budget.AtMost("memory allocated by either side, all plain calls", figures.Async.Max(point => point.BytesPerCall), 0, "bytes a call");
    }

    /// <summary>Compares what was measured in the same rounds, round by round.</summary>
    private static Budget Ratio(string name, WayFigures way, WayFigures baseline, double limit) =>
        Budget.AtMost(name, Spread.OfRatios(way.Rounds, baseline.Rounds), limit, "x");

    /// <summary>Gets by how much a call costs more at most than at a lower concurrency with the same work.</summary>
    private static double RiseOf(IpcFigures figures, int cores) =>
        figures.Async.Where(point => point.Cores == cores).GroupBy(point => point.ServerWorkUs).Max(curve =>
        {
            double least = double.PositiveInfinity, rise = 0;
            foreach (AsyncPoint point in curve.OrderBy(point => point.Concurrency))
            {
                rise = Math.Max(rise, point.NsPerCall.Median / least);
                least = Math.Min(least, point.NsPerCall.Median);
            }

            return rise;
        });
}
