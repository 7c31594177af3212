using System.Xml.Linq;

namespace Rel4.Repository.Tests;

/// <summary>Finds the files of this repository, by paths with forward slashes from its root.</summary>
internal static class RepositoryFiles
{
    /// <summary>Folders of builds and tools, none of whose content is in the repository.</summary>
    private static readonly string[] NotOurs = ["artifacts", "bin", "obj", "TestResults", "BenchmarkDotNet.Artifacts"];

    /// <summary>Gets the folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Gets all files with one of the given endings.</summary>
    public static IEnumerable<string> WithEnding(params string[] endings) =>
        In(Root).Where(file => endings.Any(file.EndsWith)).Order(StringComparer.Ordinal);

    /// <summary>Reads a file.</summary>
    public static string Read(string path) => File.ReadAllText(Absolute(path));

    /// <summary>Reads a project file or another file in XML.</summary>
    public static XDocument ReadXml(string path) => XDocument.Load(Absolute(path));

    /// <summary>Gets where a file lies on this machine.</summary>
    public static string Absolute(string path) => Path.Combine(Root, path);

    /// <summary>Gets the path from the root of a file given by a path from a folder.</summary>
    public static string Resolve(string folder, string path) =>
        Path.GetRelativePath(Root, Path.GetFullPath(path.Replace('\\', '/'), Absolute(folder)));

    private static IEnumerable<string> In(string folder) =>
        Directory.EnumerateFiles(folder).Select(file => Path.GetRelativePath(Root, file)).Concat(
            Directory.EnumerateDirectories(folder)
                .Where(inner => Path.GetFileName(inner) is var name && !name.StartsWith('.') && !NotOurs.Contains(name))
                .SelectMany(In));

    private static string FindRoot()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, "Rel4.slnx")))
                return folder;
        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds Rel4.slnx.");
    }
}
