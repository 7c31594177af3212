using System.Text.RegularExpressions;

namespace Rel4.Repository.Tests;

/// <summary>Are the tests there that the documents name as proofs?</summary>
public sealed partial class NamedTestsTests
{
    [Fact]
    public void Tests_NamedInDocuments_AreThere()
    {
        string tests = string.Join('\n', RepositoryFiles.WithEnding(".cs").Where(file => file.StartsWith("tests/", StringComparison.Ordinal)).Select(RepositoryFiles.Read));
        HashSet<string> names = [.. Declared().Matches(tests).Select(match => match.Groups["name"].Value)];

        string[] missing =
        [
            .. RepositoryFiles.WithEnding(".md")
                .SelectMany(file => Named().Matches(RepositoryFiles.Read(file)).Select(match => (file, match)))
                .Where(found => new[] { "class", "method" }.Select(part => found.match.Groups[part]).Any(part => part.Success && !names.Contains(part.Value)))
                .Select(found => $"{found.file}: {found.match.Value}"),
        ];

        Assert.Empty(missing);
    }

    [GeneratedRegex(@"\b(class|void|Task|ValueTask)\s+(?<name>\w+)")]
    private static partial Regex Declared();

    // `SomethingTests`, `SomethingTests.Operation_State_Outcome`, `…Operation_State_Outcome`.
    [GeneratedRegex(@"`(?:(?<class>\w+Tests)(?:\.(?<method>\w+_\w+_\w+))?|(?:…|\.\.\.)?(?<method>[A-Z][a-z]\w*_\w+_\w+))`")]
    private static partial Regex Named();
}
