using System.Text.Json.Serialization;
using Rel4.Ipc.Bench;
using Rel4.Samples.Kv;

namespace Rel4.Cli.Demo;

/// <summary>Is what the demo found out.</summary>
/// <param name="Machine">Where.</param>
/// <param name="LoadGenerator">What put load on the service.</param>
/// <param name="Points">What was measured.</param>
/// <param name="Kill">What clients noticed of the store's death.</param>
/// <param name="Audit">What the audit said at the end of the asynchronous run.</param>
/// <param name="ElapsedSeconds">How long it all took.</param>
internal sealed record DemoFigures(
    MachineDescription Machine,
    string LoadGenerator,
    IReadOnlyList<DemoPoint> Points,
    KillFigures Kill,
    string Audit,
    double ElapsedSeconds);

/// <summary>Is a measurement.</summary>
/// <param name="Ipc">How the gateway reached the store.</param>
/// <param name="Load">The load.</param>
/// <param name="Result">What came of it.</param>
internal sealed record DemoPoint(KvIpc Ipc, LoadProfile Load, LoadResult Result);

/// <summary>Is what clients noticed when the store was killed.</summary>
/// <param name="Answered">How many requests were carried out.</param>
/// <param name="Failed">How many got an error as their reply.</param>
/// <param name="Error">The first error.</param>
/// <param name="BackAfterMs">When after the kill all clients were served again.</param>
/// <param name="LongestMs">The longest time that a client waited for a reply.</param>
internal sealed record KillFigures(long Answered, long Failed, string? Error, double BackAfterMs, double LongestMs);

/// <summary>Knows how the figures are written as JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    WriteIndented = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(DemoFigures))]
internal sealed partial class DemoFiguresContext : JsonSerializerContext;
