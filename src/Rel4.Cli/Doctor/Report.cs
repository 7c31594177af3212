using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rel4.Cli.Doctor;

/// <summary>Holds what the doctor found.</summary>
/// <param name="Findings">All of it.</param>
internal sealed record Report(IReadOnlyList<Finding> Findings)
{
    /// <summary>Gets whether systems can run on this machine.</summary>
    public bool CanRun => Findings.All(finding => finding.Verdict != Verdict.Bad);

    /// <summary>Writes it as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ReportContext.Default.Report);
}

/// <summary>Writes reports.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, Converters = [typeof(VerdictConverter)])]
[JsonSerializable(typeof(Report))]
internal sealed partial class ReportContext : JsonSerializerContext;

/// <summary>Writes verdicts as JSON has names.</summary>
internal sealed class VerdictConverter() : JsonStringEnumConverter<Verdict>(JsonNamingPolicy.CamelCase);
