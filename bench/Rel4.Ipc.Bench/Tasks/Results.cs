namespace Rel4.Ipc.Bench.Tasks;

/// <summary>What a client tells that measured several ways in the same rounds.</summary>
internal sealed record WaysResult(IReadOnlyList<WayRounds> Ways, IReadOnlyList<LatencyFigures> Latencies);

/// <summary>What was measured of one way in each round.</summary>
/// <param name="Way">The way, one of <see cref="Ipc.Bench.Ways"/>.</param>
/// <param name="InFlight">How many calls were under way at once.</param>
/// <param name="NsPerCall">Time by number of calls.</param>
/// <param name="BytesPerCall">What either side allocated; null if nobody counted.</param>
/// <param name="DoorbellsPerCall">U-notifications that either side sent; null for a way without.</param>
internal sealed record WayRounds(
    string Way, int InFlight, IReadOnlyList<double> NsPerCall, double? BytesPerCall = null, double? DoorbellsPerCall = null);

/// <summary>Is what <see cref="SweepClient"/> tells.</summary>
internal sealed record SweepResult(IReadOnlyList<AsyncPoint> Points);

/// <summary>Is what <see cref="WakeClient"/> tells.</summary>
internal sealed record WakeResult(WakeFigures Call, WakeFigures Signal, WakeFigures UnixSocket, WakeFigures EventDescriptor);

/// <summary>Is what <see cref="PayloadClient"/> tells.</summary>
internal sealed record PayloadResult(IReadOnlyList<PayloadPoint> Points);
