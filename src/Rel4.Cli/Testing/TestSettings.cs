using System.Globalization;

namespace Rel4.Cli.Testing;

/// <summary>Holds what the user asked of a test run.</summary>
/// <param name="Filter">Runs only tests whose full name contains this.</param>
/// <param name="SoakMinutes">How long each randomised test is to go on; null for its short form.</param>
/// <param name="Seed">Where randomised tests start; null for a new seed each time.</param>
/// <param name="AllMutants">Whether all mutants of the kernel core are tried, not a sample.</param>
internal sealed record TestSettings(string? Filter, int? SoakMinutes, ulong? Seed, bool AllMutants = false)
{
    /// <summary>Hands the settings that tests read themselves to a test process.</summary>
    public void AddTo(IDictionary<string, string?> environment)
    {
        if (SoakMinutes is { } minutes)
            environment["REL4_SOAK_MINUTES"] = minutes.ToString(CultureInfo.InvariantCulture);
        if (Seed is { } seed)
            environment["REL4_SEED"] = seed.ToString(CultureInfo.InvariantCulture);
        if (AllMutants)
            environment["REL4_MUTANTS"] = "all";
    }
}
