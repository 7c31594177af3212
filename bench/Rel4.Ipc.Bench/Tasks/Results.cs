namespace Rel4.Ipc.Bench.Tasks;

/// <summary>Is what <see cref="SyncClient"/> tells.</summary>
internal sealed record SyncResult(SyncFigures Sync, IpcBaselines Baselines);

/// <summary>Is what <see cref="SweepClient"/> tells.</summary>
internal sealed record SweepResult(IReadOnlyList<AsyncPoint> Points, double? CacheLineRoundTripNs);

/// <summary>Is what <see cref="ParkedClient"/> tells.</summary>
internal sealed record ParkedResult(double CallRoundTripNs, double UnixSocketRoundTripNs);
