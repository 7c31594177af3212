using System.Text.Json;
using System.Text.RegularExpressions;

namespace Rel4.Repository.Tests;

/// <summary>Is all that belongs there on the site that <c>./rel4 docs</c> makes?</summary>
public sealed partial class SiteTests
{
    /// <summary>Packages that nobody writes code against: a tool, what the compiler runs, the kernel core, which Rel4.Hosted brings, and its machine for tests, which Rel4.Testing does.</summary>
    private static readonly string[] s_others = ["Rel4.Cli", "Rel4.Contracts.Generator", "Rel4.Kernel", "Rel4.Sim"];

    [Fact]
    public void Reference_OfTheSite_HasAllPackages()
    {
        string[] packages =
        [
            .. RepositoryFiles.WithEnding(".csproj").Where(project => project.StartsWith("src/", StringComparison.Ordinal) && IsPackage(project))
                .Select(project => Path.GetFileNameWithoutExtension(project)).Except(s_others),
        ];

        using JsonDocument site = JsonDocument.Parse(RepositoryFiles.Read("docfx.json"));
        JsonElement reference = Assert.Single(site.RootElement.GetProperty("metadata").EnumerateArray());
        string?[] files = [.. reference.GetProperty("src").EnumerateArray().SelectMany(source => source.GetProperty("files").EnumerateArray()).Select(file => file.GetString())];

        Assert.NotEmpty(packages);
        Assert.Equal(packages.Select(name => $"{name}/release/{name}.dll").Order(StringComparer.Ordinal), files.Order(StringComparer.Ordinal));
        // No filter takes types out of it, but docfx' own: what is hidden from editors, as it is for generated code.
        Assert.False(reference.TryGetProperty("filter", out _));
    }

    [Fact]
    public void Comments_OfPublicTypes_AreAskedForByTheCompiler()
    {
        string[] settings = [.. RepositoryFiles.WithEnding(".csproj", ".props", ".editorconfig").Where(file => file.StartsWith("src/", StringComparison.Ordinal) || !file.Contains('/'))];

        Assert.Contains("<GenerateDocumentationFile>true<", RepositoryFiles.Read("src/Directory.Build.props"), StringComparison.Ordinal);
        Assert.Contains(".editorconfig", settings);
        // The warning for a public type without one, which is an error here.
        Assert.All(settings, file => Assert.DoesNotContain("1591", RepositoryFiles.Read(file), StringComparison.Ordinal));
    }

    [Fact]
    public void Pages_OfTheSite_AreInItsContentsAndInTheReadme()
    {
        string[] pages = [.. RepositoryFiles.WithEnding(".md").Where(file => Path.GetDirectoryName(file) == "docs").Select(file => Path.GetFileName(file))];
        string contents = RepositoryFiles.Read("docs/toc.yml"), readme = RepositoryFiles.Read("README.md");

        Assert.NotEmpty(pages);
        Assert.Equal(pages, Entry().Matches(contents).Select(entry => entry.Groups[1].Value).Order(StringComparer.Ordinal));
        Assert.All(pages, page => Assert.Contains($"(docs/{page})", readme, StringComparison.Ordinal));
    }

    private static bool IsPackage(string project) => RepositoryFiles.ReadXml(project).Descendants("IsPackable").Any(element => element.Value == "true");

    // Pages of this folder only.
    [GeneratedRegex(@"^  href: ([\w-]+\.md)$", RegexOptions.Multiline)]
    private static partial Regex Entry();
}
