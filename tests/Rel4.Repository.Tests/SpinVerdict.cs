using System.Text.RegularExpressions;

namespace Rel4.Repository.Tests;

/// <summary>Holds what a checker written by <c>spin</c> found.</summary>
/// <param name="Error">The first error, or null if there is none.</param>
/// <param name="IsExhaustive">Whether every state was searched, so that no error means that there is none.</param>
/// <param name="Unreached">Statements of the model that no run reaches: a model that never gets there proves nothing.</param>
/// <param name="Output">All that the checker printed.</param>
internal sealed partial record SpinVerdict(string? Error, bool IsExhaustive, IReadOnlyList<string> Unreached, string Output)
{
    /// <summary>Reads the checker's output.</summary>
    public static SpinVerdict Read(string output)
    {
        Match errors = ErrorCount().Match(output);
        Assert.True(errors.Success, $"This is no report of a search:\n{output}");
        Match first = FirstError().Match(output);
        return new SpinVerdict(
            errors.Groups["count"].Value == "0" ? null : first.Groups["text"].Value,
            !SearchCutShort().IsMatch(output),
            [.. UnreachedStatement().Matches(output).Select(match => match.Value.Trim())],
            output);
    }

    [GeneratedRegex(@"errors: (?<count>\d+)")]
    private static partial Regex ErrorCount();

    [GeneratedRegex("Search not completed|max search depth too small")]
    private static partial Regex SearchCutShort();

    [GeneratedRegex(@"^pan:\d+: (?<text>.*)$", RegexOptions.Multiline)]
    private static partial Regex FirstError();

    // The store buffers never end, and that is right.
    [GeneratedRegex(@"^\s+\S+:\d+, state \d+, ""(?!-end-"")[^\n]*""$", RegexOptions.Multiline)]
    private static partial Regex UnreachedStatement();
}
