using System.Text.Json.Serialization;
using Rel4.Ipc.Bench.Tasks;

namespace Rel4.Ipc.Bench;

/// <summary>Knows how figures are written as JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(Pace))]
[JsonSerializable(typeof(WaysResult))]
[JsonSerializable(typeof(SweepResult))]
[JsonSerializable(typeof(WakeResult))]
[JsonSerializable(typeof(PayloadResult))]
[JsonSerializable(typeof(IpcFigures))]
[JsonSerializable(typeof(DisturbedFigures))]
[JsonSerializable(typeof(PayloadFigures))]
[JsonSerializable(typeof(WakeReportFigures))]
[JsonSerializable(typeof(TypedFigures))]
internal sealed partial class FiguresContext : JsonSerializerContext;
