using System.Text.RegularExpressions;

namespace Rel4.Repository.Tests;

/// <summary>Checks that unsafe code stays in the folders listed in <c>unsafe-folders.txt</c>.</summary>
public sealed partial class UnsafeCodeTests
{
    private static readonly string[] Folders =
    [
        .. RepositoryFiles.Read("tests/Rel4.Repository.Tests/unsafe-folders.txt")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(line => !line.StartsWith('#')),
    ];

    [Fact]
    public void UnsafeCode_OutsideTheListedFolders_IsNotThere()
    {
        // The compiler refuses pointers where a project does not allow unsafe blocks, so projects and the class Unsafe are all to look at.
        string[] found =
        [
            .. RepositoryFiles.WithEnding(".csproj", ".props", ".targets", ".cs")
                .Where(file => !Folders.Any(folder => file.StartsWith(folder + '/', StringComparison.Ordinal)))
                .Where(file => IsUnsafe(RepositoryFiles.Read(file))),
        ];

        Assert.Empty(found);
    }

    [Theory]
    // Written in two halves, so that this file passes the test.
    [InlineData("<AllowUnsafeBlocks" + ">true</AllowUnsafeBlocks>", true)]
    [InlineData("int x = Unsafe" + ".As<uint, int>(ref y);", true)]
    [InlineData("<AllowUnsafeBlocks>false</AllowUnsafeBlocks>", false)]
    [InlineData("/// <summary>Unsafe code, and why it isn't here.</summary>", false)]
    public void Check_OfAText_TellsWhetherItIsUnsafe(string text, bool isUnsafe) => Assert.Equal(isUnsafe, IsUnsafe(text));

    private static bool IsUnsafe(string text) => AllowsUnsafeBlocks().IsMatch(text) || UsesClassUnsafe().IsMatch(text);

    [GeneratedRegex(@"<AllowUnsafeBlocks>\s*true")]
    private static partial Regex AllowsUnsafeBlocks();

    [GeneratedRegex(@"\bUnsafe\.[A-Z]\w*\s*[<(]")]
    private static partial Regex UsesClassUnsafe();
}
