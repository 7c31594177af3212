using System.Text.RegularExpressions;

namespace Rel4.Repository.Tests;

/// <summary>Checks that a type lies in the file of its name, where the kernel and its machines are.</summary>
public sealed partial class TypeFileTests
{
    private static readonly string[] Folders = ["src/Rel4.Abi/", "src/Rel4.Kernel/", "src/Rel4.Metal/"];

    /// <summary>What stands in for .NET's own core library: many small types whose names are not ours.</summary>
    private static readonly string[] CoreLibraries = ["src/Rel4.Metal/CoreLibrary/", "src/Rel4.Metal/User/Async/System/"];

    [Fact]
    public void Types_OfTheKernel_LieInFilesOfTheirNames()
    {
        string[] files =
        [
            .. RepositoryFiles.WithEnding(".cs").Where(file => Folders.Any(folder => file.StartsWith(folder, StringComparison.Ordinal)))
                .Except(RepositoryFiles.WithEnding(".cs").Where(file => CoreLibraries.Any(folder => file.StartsWith(folder, StringComparison.Ordinal)))),
        ];
        Assert.NotEmpty(files);

        Assert.Empty(files.SelectMany(file => StraysIn(file, RepositoryFiles.Read(file)).Select(type => $"{file}: {type}")));
    }

    [Theory]
    [InlineData("A.cs", "internal enum B\n{\n}\n\npublic unsafe struct A\n{\n}\n", "B")]
    [InlineData("A.cs", "internal readonly record struct B(int C);\n", "B")]
    [InlineData("A.B.cs", "public static partial class A\n{\n    private struct C\n    {\n    }\n}\n", null)]
    [InlineData("A{T}.cs", "internal interface A<T>\n{\n}\n", null)]
    public void Check_OfAText_FindsTypesOfOtherNames(string file, string text, string? stray) =>
        Assert.Equal(stray, StraysIn(file, text).SingleOrDefault());

    private static IEnumerable<string> StraysIn(string file, string text) =>
        TypeDeclaration().Matches(text).Select(match => match.Groups[1].Value).Where(type => type != Path.GetFileName(file).Split('.', '{')[0]);

    // Those that lie in no other type: these stand at the start of a line.
    [GeneratedRegex(@"^(?:[a-z]+ )*(?:class|struct|enum|interface|record) ([A-Z]\w*)", RegexOptions.Multiline)]
    private static partial Regex TypeDeclaration();
}
