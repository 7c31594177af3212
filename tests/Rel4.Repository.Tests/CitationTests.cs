using System.Text.RegularExpressions;

namespace Rel4.Repository.Tests;

/// <summary>Is all there that pages and comments of the repository cite of it?</summary>
public sealed partial class CitationTests
{
    private static readonly string[] s_files = [.. RepositoryFiles.WithEnding("")];

    [Fact]
    public void Links_OfPages_LeadToFilesAndHeadings() => Assert.Empty(
        RepositoryFiles.WithEnding(".md").SelectMany(file => Link().Matches(RepositoryFiles.Read(file))
            .Where(match => !IsThere(file, match.Groups["path"].Value, match.Groups["heading"].Value)).Select(match => $"{file}: {match.Value}")));

    [Fact]
    public void Files_NamedInTexts_AreThere() => Assert.Empty(
        RepositoryFiles.WithEnding(".md", ".cs", ".asm", ".ld", ".pml", ".csproj", ".props", ".targets", ".txt")
            .SelectMany(file => MissingIn(RepositoryFiles.Read(file)).Select(cited => $"{file}: {cited}")));

    [Theory]
    // Written in two halves, so that this file passes the test.
    [InlineData("/// <c>docs" + "/nowhere.md</c>", "docs/nowhere.md")]
    [InlineData("see `src" + "/Rel4.Nowhere`.", "src/Rel4.Nowhere")]
    [InlineData("as the table in the" + " design has it", "the" + " design")]
    [InlineData("of the user-interrupt controller (" + "design, \"U-notification\")", "(" + "design")]
    [InlineData("`docs/architecture.md`, `src/Rel4.Kernel/**`, `tests/Rel4.Kernel.Tests`", null)]
    public void Check_OfAText_FindsWhatIsNotThere(string text, string? missing) => Assert.Equal(missing, MissingIn(text).SingleOrDefault());

    private static IEnumerable<string> MissingIn(string text) =>
        Named().Matches(text).Select(match => match.Groups["path"].Value).Where(path => !path.Contains("...", StringComparison.Ordinal) && !IsNamed(path))
            .Concat(Elsewhere().Matches(text).Select(match => match.Value));

    private static bool IsThere(string page, string path, string heading)
    {
        string target = path.Length == 0 ? page : RepositoryFiles.Resolve(Path.GetDirectoryName(page)!, path);
        return Exists(target) && (heading.Length == 0 || Heading().Matches(RepositoryFiles.Read(target)).Any(match => Anchor(match.Groups[1].Value) == heading));
    }

    private static bool Exists(string path) => File.Exists(RepositoryFiles.Absolute(path)) || Directory.Exists(RepositoryFiles.Absolute(path));

    /// <summary>Gets what a link calls a heading, as GitHub makes it.</summary>
    private static string Anchor(string heading) =>
        string.Concat(heading.ToLowerInvariant().Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_')).Replace(' ', '-');

    [GeneratedRegex(@"\]\((?![a-z]+:)(?<path>[^)#\s]*)(?:#(?<heading>[^)\s]+))?\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    /// <summary>Tells whether a path leads to a file or folder, from the root or from a folder that is not said.</summary>
    private static bool IsNamed(string path) => Exists(path) || s_files.Any(file => file.EndsWith('/' + path, StringComparison.Ordinal));

    // In a page's or a comment's marks for code: from the root, or of our kinds of files.
    [GeneratedRegex(@"(?:`|<c>)(?<path>(?:src|docs|tests|spec|samples|bench)/[\w./-]+|[\w.-]+/[\w./-]+\.(?:md|cs|asm|ld|pml|tsv|props|targets|csproj))(?:`|</c>)")]
    private static partial Regex Named();

    // The project was planned in a document that did not come along.
    [GeneratedRegex(@"\bthe desig[n]\b|\(desig[n]\b")]
    private static partial Regex Elsewhere();
}
