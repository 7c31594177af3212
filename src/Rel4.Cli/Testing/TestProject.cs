using System.Xml.Linq;

namespace Rel4.Cli.Testing;

/// <summary>Describes one project under <c>tests/</c>.</summary>
/// <param name="Name">The name of the project, its folder and its assembly.</param>
/// <param name="Assembly">Where the build leaves the assembly.</param>
/// <param name="RunsAlone">Whether nothing may run beside it, because its tests measure time or use up the machine.</param>
internal sealed record TestProject(string Name, string Assembly, bool RunsAlone)
{
    /// <summary>Finds all test projects, in the order of their names.</summary>
    public static IReadOnlyList<TestProject> FindAll(Repository repository) =>
    [
        .. Directory.EnumerateDirectories(Path.Combine(repository.Root, "tests"))
            .Select(folder => Path.Combine(folder, Path.GetFileName(folder) + ".csproj"))
            .Where(path => File.Exists(path) && HoldsTests(path))
            .Order(StringComparer.Ordinal)
            .Select(file => Load(repository, file)),
    ];

    /// <summary>Tells a project of tests from a program that tests run.</summary>
    private static bool HoldsTests(string file) =>
        !XDocument.Load(file).Descendants("IsTestProject").Any(element => !(bool)element);

    private static TestProject Load(Repository repository, string file)
    {
        string name = Path.GetFileNameWithoutExtension(file);
        bool runsAlone = XDocument.Load(file).Descendants("RunsAlone").Any(element => (bool)element);
        return new TestProject(name, Path.Combine(repository.OutputOf(name), name + ".dll"), runsAlone);
    }
}
