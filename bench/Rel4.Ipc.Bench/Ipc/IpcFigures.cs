using System.Text.Json.Serialization;

namespace Rel4.Ipc.Bench;

/// <summary>Holds what <c>rel4 bench ipc</c> found, as its JSON file does.</summary>
/// <param name="Machine">Where.</param>
/// <param name="Ways">Every way to another process and back.</param>
/// <param name="Latencies">How long calls take at a fixed rate.</param>
/// <param name="Async">Asynchronous calls: every combination of concurrency, cores and work.</param>
/// <param name="Budgets">What was wanted.</param>
public sealed record IpcFigures(
    MachineDescription Machine,
    IReadOnlyList<WayFigures> Ways,
    IReadOnlyList<LatencyFigures> Latencies,
    IReadOnlyList<AsyncPoint> Async,
    IReadOnlyList<Budget> Budgets)
{
    /// <summary>Gets the figures of one way.</summary>
    public WayFigures Of(string way, string placement, int inFlight = 1) => Ways.Single(
        figures => figures.Way == way && figures.Placement == placement && figures.InFlight == inFlight);

    /// <summary>Gets the figures of one combination.</summary>
    public AsyncPoint At(int concurrency, int cores, int serverWorkUs = 0) => Async.Single(
        point => point.Concurrency == concurrency && point.Cores == cores && point.ServerWorkUs == serverWorkUs);
}

/// <summary>Holds figures of one way to another process and back.</summary>
/// <param name="Way">The way.</param>
/// <param name="Placement">Where client and server run.</param>
/// <param name="InFlight">How many calls were under way at once.</param>
/// <param name="NsPerCall">Time by number of calls.</param>
/// <param name="BytesPerCall">What either side allocates; null if nobody counted.</param>
/// <param name="DoorbellsPerCall">U-notifications that either side sent; null for a way without.</param>
public sealed record WayFigures(
    string Way, string Placement, int InFlight, Spread NsPerCall, double? BytesPerCall, double? DoorbellsPerCall)
{
    /// <summary>Gets what a call took in each round, for ratios to what was measured in the same rounds.</summary>
    [JsonIgnore]
    internal IReadOnlyList<double> Rounds { get; init; } = [];
}

/// <summary>Holds how long calls took that were to begin at fixed times, whatever became of those before; each was timed from then on.</summary>
/// <param name="Way">The way.</param>
/// <param name="CallsPerSecond">The rate: half of the most that the way has with the same load, measured before.</param>
/// <param name="P50Ns">Half of a round's calls were as fast or faster.</param>
/// <param name="P99Ns">99 of 100 were.</param>
/// <param name="P999Ns">999 of 1000 were.</param>
/// <param name="MaxNs">All were.</param>
/// <param name="WholeRun">The same of all rounds' calls together.</param>
public sealed record LatencyFigures(
    string Way, double CallsPerSecond, Spread P50Ns, Spread P99Ns, Spread P999Ns, Spread MaxNs, Percentiles WholeRun);

/// <summary>Holds figures of asynchronous calls.</summary>
/// <param name="Concurrency">How many coroutines call, each one call after another.</param>
/// <param name="Cores">How many cores client and server share.</param>
/// <param name="ServerWorkUs">How long the server computes for a call.</param>
/// <param name="NsPerCall">Time by number of calls.</param>
/// <param name="DoorbellsPerCall">U-notifications that either side sent.</param>
/// <param name="BytesPerCall">What either side allocates.</param>
public sealed record AsyncPoint(
    int Concurrency, int Cores, int ServerWorkUs, Spread NsPerCall, double DoorbellsPerCall, double BytesPerCall);
