namespace Rel4.Ipc.Bench.Tasks;

/// <summary>Is what <see cref="SyncClient"/> tells.</summary>
internal sealed record SyncResult(SyncFigures Sync, IpcBaselines Baselines);

/// <summary>Is what <see cref="SweepClient"/> tells.</summary>
internal sealed record SweepResult(IReadOnlyList<AsyncPoint> Points, double? CacheLineRoundTripNs);

/// <summary>Is what <see cref="WakeClient"/> tells.</summary>
internal sealed record WakeResult(WakeFigures Call, WakeFigures Signal, WakeFigures UnixSocket, WakeFigures EventDescriptor);

/// <summary>Is what <see cref="PayloadClient"/> tells.</summary>
internal sealed record PayloadResult(IReadOnlyList<PayloadPoint> Points);
