namespace Rel4.Package.Tests;

/// <summary>Checks what is in the packages.</summary>
public sealed class ContentTests(Packages packages)
{
    private const string Own = "Rel4.";

    /// <summary>What each package brings of this project's, directly and by others. Kernel and supervisor are for whoever composes systems, or tests.</summary>
    private static readonly Dictionary<string, string[]> s_brought = new()
    {
        ["Rel4.Abi"] = [],
        ["Rel4.Kernel"] = ["Rel4.Abi"],
        ["Rel4.Runtime"] = ["Rel4.Abi"],
        ["Rel4.Sim"] = ["Rel4.Abi", "Rel4.Kernel"],
        ["Rel4.Tasks"] = ["Rel4.Abi", "Rel4.Runtime"],
        ["Rel4.Contracts"] = ["Rel4.Abi", "Rel4.Runtime"],
        ["Rel4.Contracts.MessagePack"] = ["Rel4.Abi", "Rel4.Contracts", "Rel4.Runtime"],
        ["Rel4.Streams"] = ["Rel4.Abi", "Rel4.Runtime"],
        ["Rel4.AspNetCore"] = ["Rel4.Abi", "Rel4.Runtime", "Rel4.Streams"],
        ["Rel4.Hosted"] = ["Rel4.Abi", "Rel4.Kernel", "Rel4.Runtime", "Rel4.Tasks"],
        ["Rel4.Hosting"] = ["Rel4.Abi", "Rel4.Hosted", "Rel4.Kernel", "Rel4.Runtime", "Rel4.Tasks"],
        ["Rel4.Nats"] = ["Rel4.Abi", "Rel4.Hosted", "Rel4.Kernel", "Rel4.Runtime", "Rel4.Tasks"],
        ["Rel4.OpenTelemetry"] = ["Rel4.Abi", "Rel4.AspNetCore", "Rel4.Hosted", "Rel4.Hosting", "Rel4.Kernel", "Rel4.Runtime", "Rel4.Streams", "Rel4.Tasks"],
        ["Rel4.Testing"] = ["Rel4.Abi", "Rel4.Kernel", "Rel4.Runtime", "Rel4.Sim", "Rel4.Tasks"],
        ["rel4"] = [],
    };

    [Fact]
    public void Packages_ByRole_BringWhatTheirRoleNeedsAndNoMore()
    {
        Package[] all = [.. packages.All()];
        foreach (Package package in all)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"{package.Name} {package.Version}, {package.Size} bytes: {string.Join(' ', package.Files.Where(IsContent))}");
            string[] brought = [.. BroughtBy(package).Distinct().Order(StringComparer.Ordinal)];
            Assert.Equal(s_brought[package.Name], brought);
        }

        Assert.Equal(s_brought.Keys.Order(StringComparer.Ordinal), all.Select(package => package.Name).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(packages.Find("Rel4.Tasks").Dependencies.Keys, name => !name.StartsWith(Own, StringComparison.Ordinal));
        Assert.Contains("buildTransitive/Rel4.Tasks.props", packages.Find("Rel4.Tasks").Files);

        IEnumerable<string> BroughtBy(Package package) => package.Dependencies.Keys
            .Where(name => name.StartsWith(Own, StringComparison.Ordinal))
            .SelectMany(name => BroughtBy(all.Single(other => other.Name == name)).Append(name));
    }

    [Fact]
    public void Packages_OfOneBuild_AreOfOneVersionThatAUserGetsWithoutAskingForIt()
    {
        string version = Assert.Single(packages.All().Select(package => package.Version).Distinct());

        Assert.Matches(@"^\d+\.\d+\.\d+(\.\d+)?$", version);
        Assert.NotEqual("0.1.0", version);
        Assert.All(
            packages.All().SelectMany(package => package.Dependencies).Where(dependency => dependency.Key.StartsWith(Own, StringComparison.Ordinal)),
            dependency => Assert.Equal(version, dependency.Value));
    }

    [Fact]
    public void Packages_OfLibraries_HaveReadmeDocumentationAndSymbols()
    {
        foreach (Package package in packages.All().Where(package => package.Name != "rel4"))
        {
            Assert.Contains("README.md", package.Files);
            Assert.Contains($"lib/net10.0/{package.Name}.dll", package.Files);
            Assert.Contains($"lib/net10.0/{package.Name}.xml", package.Files);
            Assert.Contains($"lib/net10.0/{package.Name}.pdb", package.Symbols());
        }
    }

    [Fact]
    public void Package_OfContracts_BringsItsGenerator() =>
        Assert.Contains("analyzers/dotnet/cs/Rel4.Contracts.Generator.dll", packages.Find("Rel4.Contracts").Files);

    [Fact]
    public void Package_OfTheTool_HasAllThatItRuns()
    {
        IReadOnlyList<string> files = packages.Find("rel4").Files;

        Assert.All(
            ["rel4.dll", "Rel4.Hosted.dll", "Rel4.Tasks.dll", "Rel4.Kernel.dll", "Rel4.Runtime.dll", "Rel4.Abi.dll", "Rel4.Nats.dll", "NATS.Client.Core.dll", "System.CommandLine.dll", "Spectre.Console.dll"],
            file => Assert.Contains($"tools/net10.0/any/{file}", files));
        Assert.Contains("README.md", files);
    }

    // What is not the format's own.
    private static bool IsContent(string file) => !file.StartsWith("_rels", StringComparison.Ordinal) && !file.StartsWith("package/", StringComparison.Ordinal) && file != "[Content_Types].xml";
}
