namespace Rel4.Package.Tests;

/// <summary>Checks what is in the packages.</summary>
public sealed class ContentTests(Packages packages)
{
    [Theory]
    [InlineData("Rel4.Abi")]
    [InlineData("Rel4.Kernel")]
    [InlineData("Rel4.Runtime")]
    [InlineData("Rel4.Hosted")]
    [InlineData("Rel4.Hosting")]
    [InlineData("Rel4.Streams")]
    [InlineData("Rel4.AspNetCore")]
    [InlineData("Rel4.OpenTelemetry")]
    [InlineData("Rel4.Contracts")]
    [InlineData("Rel4.Contracts.MessagePack")]
    public void Package_OfALibrary_HasReadmeDocumentationAndSymbols(string name)
    {
        IReadOnlyList<string> files = packages.FilesOf(name, ".nupkg");

        Assert.Contains("README.md", files);
        Assert.Contains($"lib/net10.0/{name}.dll", files);
        Assert.Contains($"lib/net10.0/{name}.xml", files);
        Assert.Contains($"lib/net10.0/{name}.pdb", packages.FilesOf(name, ".snupkg"));
    }

    [Fact]
    public void Package_OfContracts_BringsItsGenerator() =>
        Assert.Contains("analyzers/dotnet/cs/Rel4.Contracts.Generator.dll", packages.FilesOf("Rel4.Contracts", ".nupkg"));

    [Fact]
    public void Package_OfTheTool_HasAllThatItRuns()
    {
        IReadOnlyList<string> files = packages.FilesOf("rel4", ".nupkg");

        Assert.All(
            ["rel4.dll", "Rel4.Hosted.dll", "Rel4.Kernel.dll", "Rel4.Runtime.dll", "Rel4.Abi.dll", "System.CommandLine.dll", "Spectre.Console.dll"],
            file => Assert.Contains($"tools/net10.0/any/{file}", files));
        Assert.Contains("README.md", files);
    }
}
