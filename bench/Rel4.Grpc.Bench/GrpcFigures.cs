using System.Text.Json.Serialization;
using Rel4.Ipc.Bench;

namespace Rel4.Grpc.Bench;

/// <summary>Holds what was found.</summary>
/// <param name="Rounds">How often each was measured.</param>
/// <param name="Points">For each number of calls at a time.</param>
internal sealed record GrpcFigures(int Rounds, IReadOnlyList<GrpcPoint> Points);

/// <summary>Holds what a call takes, in nanoseconds: of many at a time its share.</summary>
/// <param name="Concurrency">Calls at a time.</param>
/// <param name="Endpoint">Over an endpoint.</param>
/// <param name="UnixSocket">Over a Unix socket.</param>
/// <param name="Ratio">The former by the latter, of the same round.</param>
internal sealed record GrpcPoint(int Concurrency, Spread Endpoint, Spread UnixSocket, Spread Ratio);

/// <summary>Knows how figures are written as JSON.</summary>
[JsonSerializable(typeof(GrpcFigures))]
internal sealed partial class GrpcFiguresContext : JsonSerializerContext;
