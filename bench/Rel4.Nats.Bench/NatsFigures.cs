using System.Text.Json.Serialization;
using Rel4.Ipc.Bench;

namespace Rel4.Nats.Bench;

/// <summary>Holds what was found.</summary>
/// <param name="Rounds">How often each was measured.</param>
/// <param name="Points">For each number of calls at a time.</param>
internal sealed record NatsFigures(int Rounds, IReadOnlyList<NatsPoint> Points);

/// <summary>Holds what a call takes, in nanoseconds: of many at a time its share.</summary>
/// <param name="Concurrency">Calls at a time.</param>
/// <param name="Imported">Through an imported endpoint.</param>
/// <param name="Plain">By NATS.Net's own request and reply.</param>
/// <param name="Local">Through an endpoint of this machine.</param>
/// <param name="Ratio">The first by the second, of the same round.</param>
internal sealed record NatsPoint(int Concurrency, Spread Imported, Spread Plain, Spread Local, Spread Ratio);

/// <summary>Knows how figures are written as JSON.</summary>
[JsonSerializable(typeof(NatsFigures))]
internal sealed partial class NatsFiguresContext : JsonSerializerContext;
