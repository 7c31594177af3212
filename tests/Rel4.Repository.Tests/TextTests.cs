using System.Text.RegularExpressions;

namespace Rel4.Repository.Tests;

/// <summary>Checks what is written in the files of the repository, whatever they are about.</summary>
public sealed partial class TextTests
{
    private static readonly string[] TextEndings =
        [".md", ".cs", ".csproj", ".props", ".targets", ".slnx", ".json", ".pml", ".asm", ".ld", ".sh", ".txt", "rel4"];

    [Fact]
    public void Texts_OfTheRepository_NameNoPathOfOneMachine()
    {
        string[] found =
        [
            .. RepositoryFiles.WithEnding(TextEndings)
                .SelectMany(file => MachinePath().Matches(RepositoryFiles.Read(file)).Select(match => $"{file}: {match.Value}")),
        ];

        Assert.Empty(found);
    }

    [Theory]
    // Written in two halves, so that this file passes the test, and any other look for such paths.
    [InlineData("see /work" + "/main", true)]
    [InlineData("(/tmp" + "/wt/x)", true)]
    [InlineData("/home" + "/someone/rel4", true)]
    [InlineData("src/wo" + "rk/file", false)]
    [InlineData("https://example.org/wo" + "rk/file", false)]
    public void Check_OfAText_TellsWhetherItNamesAMachinesPath(string text, bool isFound) =>
        Assert.Equal(isFound, MachinePath().IsMatch(text));

    [GeneratedRegex(@"(?<![\w./-])/(work|tmp/wt|tmp/notes|home|root)/")]
    private static partial Regex MachinePath();
}
