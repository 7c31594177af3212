namespace Rel4.Repository.Tests;

/// <summary>Checks that the folders are the architecture: references only point down.</summary>
public sealed class ProjectReferenceTests
{
    /// <summary>What each project of <c>src/</c> may refer to. Kernel and Runtime never see each other.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Rel4.Abi"] = [],
        ["Rel4.Kernel"] = ["Rel4.Abi"],
        ["Rel4.Runtime"] = ["Rel4.Abi"],
        ["Rel4.Sim"] = ["Rel4.Abi", "Rel4.Kernel"],
        ["Rel4.Tasks"] = ["Rel4.Abi", "Rel4.Runtime"],
        ["Rel4.Hosted"] = ["Rel4.Abi", "Rel4.Kernel", "Rel4.Runtime", "Rel4.Tasks"],
        ["Rel4.Hosting"] = ["Rel4.Abi", "Rel4.Runtime", "Rel4.Tasks", "Rel4.Hosted"],
        ["Rel4.Testing"] = ["Rel4.Abi", "Rel4.Kernel", "Rel4.Sim", "Rel4.Runtime", "Rel4.Tasks"],
        ["Rel4.Streams"] = ["Rel4.Runtime"],
        ["Rel4.AspNetCore"] = ["Rel4.Streams"],
        ["Rel4.Nats"] = ["Rel4.Hosted"],
        ["Rel4.OpenTelemetry"] = ["Rel4.AspNetCore", "Rel4.Hosting"],
        ["Rel4.Metal"] = ["Rel4.Abi", "Rel4.Kernel", "Rel4.Runtime"],
        ["Rel4.Contracts.Generator"] = [],
        ["Rel4.Contracts"] = ["Rel4.Abi", "Rel4.Runtime", "Rel4.Contracts.Generator"],
        ["Rel4.Contracts.MessagePack"] = ["Rel4.Abi", "Rel4.Runtime", "Rel4.Contracts"],
        ["Rel4.Cli"] =
        [
            "Rel4.Abi", "Rel4.Kernel", "Rel4.Runtime", "Rel4.Sim", "Rel4.Hosted", "Rel4.Metal", "Rel4.Nats",
            // What the demo runs.
            "samples/kv/Rel4.Samples.Kv.csproj",
            "bench/Rel4.Ipc.Bench/Rel4.Ipc.Bench.csproj",
        ],
    };

    /// <summary>Gets the projects of <c>src/</c>.</summary>
    public static TheoryData<string> SourceProjects =>
        [.. RepositoryFiles.WithEnding(".csproj").Where(project => project.StartsWith("src/", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(SourceProjects))]
    public void References_OfASourceProject_PointDown(string project)
    {
        // A layer of several projects, such as Rel4.Metal, is named by its folder.
        string layer = LayerOf(project);
        Assert.True(Allowed.TryGetValue(layer, out string[]? allowed), $"{layer} is a new layer: say here what it may refer to.");

        string[] forbidden = [.. ReferencesOf(project).Where(path => LayerOf(path) != layer && !allowed.Contains(LayerOf(path)))];

        Assert.True(forbidden.Length == 0, $"{project} must not refer to {string.Join(", ", forbidden)}.");
    }

    [Fact]
    public void Solution_OfAllProjects_ListsEach()
    {
        IEnumerable<string> listed = RepositoryFiles.ReadXml("Rel4.slnx").Descendants("Project")
            .Select(element => (string)element.Attribute("Path")!).Order(StringComparer.Ordinal);

        Assert.Equal(RepositoryFiles.WithEnding(".csproj"), listed);
    }

    private static IEnumerable<string> ReferencesOf(string project) =>
        RepositoryFiles.ReadXml(project).Descendants("ProjectReference")
            .Select(element => RepositoryFiles.Resolve(Path.GetDirectoryName(project)!, (string)element.Attribute("Include")!));

    /// <summary>Gets <c>Rel4.X</c> of <c>src/Rel4.X/...</c>, or the whole path of a file that is not in <c>src/</c>.</summary>
    private static string LayerOf(string path) => path.Split('/') is ["src", var layer, ..] ? layer : path;
}
