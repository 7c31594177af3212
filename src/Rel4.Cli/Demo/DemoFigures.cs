using System.Text.Json.Serialization;
using Rel4.Ipc.Bench;
using Rel4.Samples.Kv;

namespace Rel4.Cli.Demo;

/// <summary>Is what the demo found out.</summary>
/// <param name="Machine">Where.</param>
/// <param name="LoadGenerator">What put load on the service.</param>
/// <param name="Points">What was measured.</param>
/// <param name="Kill">What clients noticed of the store's death.</param>
/// <param name="Audit">What the audit said of the form with asynchronous IPC, after all loads.</param>
/// <param name="ElapsedSeconds">How long it all took.</param>
internal sealed record DemoFigures(
    MachineDescription Machine,
    string LoadGenerator,
    IReadOnlyList<DemoPoint> Points,
    KillFigures Kill,
    string Audit,
    double ElapsedSeconds);

/// <summary>What came of a load on a form of the service.</summary>
/// <param name="Ipc">How the gateway reached the store.</param>
/// <param name="Load">The load.</param>
/// <param name="Rounds">What came of it in each round.</param>
internal sealed record DemoPoint(KvIpc Ipc, LoadProfile Load, IReadOnlyList<LoadResult> Rounds)
{
    /// <summary>Gets how many requests were answered in a second.</summary>
    public Spread RequestsPerSecond => Spread.Of(Rates);

    /// <summary>Gets how long half of them took at most.</summary>
    public Spread MedianMs => Spread.Of(Rounds.Select(round => round.MedianMs));

    private IEnumerable<double> Rates => Rounds.Select(round => round.RequestsPerSecond);

    /// <summary>Finds by how much another form answers more, round by round.</summary>
    public Spread PriceBeside(DemoPoint other) => Spread.OfRatios(other.Rates, Rates);
}

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
