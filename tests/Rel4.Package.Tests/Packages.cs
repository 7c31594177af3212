namespace Rel4.Package.Tests;

/// <summary>Packs what this build made, and keeps a folder outside the repository that knows no other source of packages but those of the tests.</summary>
public sealed class Packages : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rel4-packages-");

    /// <summary>Gets the folder with the packages.</summary>
    public string Feed => Path.Combine(_folder.FullName, "feed");

    /// <summary>Gets an empty folder for a project.</summary>
    public string Workspace => _folder.CreateSubdirectory("workspace").FullName;

    /// <summary>Gets the environment in which nothing is found but the packages here.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["DOTNET_CLI_HOME"] = _folder.FullName,
        ["NUGET_PACKAGES"] = Path.Combine(_folder.FullName, "installed"),
        ["DOTNET_NOLOGO"] = "1",
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
        ["MSBUILDDISABLENODEREUSE"] = "1",
    };

    /// <summary>Gets where this build's own packages are: xunit's among them, which a page uses. Of this project's there are none.</summary>
    private static string Installed => System.Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    /// <summary>Gets the repository.</summary>
    public static string Repository
    {
        get
        {
            string? folder = AppContext.BaseDirectory;
            while (folder is not null && !File.Exists(Path.Combine(folder, "Rel4.slnx")))
                folder = Path.GetDirectoryName(folder);
            return folder ?? throw new DirectoryNotFoundException("The tests were copied out of the repository.");
        }
    }

    private static string Configuration => Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    /// <summary>Gets where a file of a project is that this build made.</summary>
    internal static string Built(string project, string file) => Path.Combine(Repository, "artifacts", "bin", project, Configuration, file);

    public async ValueTask InitializeAsync()
    {
        // Tasks that root starts have users of their own, who read programs here.
        File.SetUnixFileMode(_folder.FullName, (UnixFileMode)0b111_101_101);
        await File.WriteAllTextAsync(
            Path.Combine(_folder.FullName, "NuGet.config"),
            $"""<configuration><packageSources><clear/><add key="local" value="{Feed}"/><add key="tests" value="{Installed}"/></packageSources></configuration>""");
        // All that are packages, in one go.
        await Shell.RunAsync(Repository, Environment, "dotnet", "pack", "Rel4.slnx", "--no-build", "-c", Configuration, "-o", Feed, "-v", "q", "--nologo");
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Lists the packages.</summary>
    internal IEnumerable<Package> All() => Directory.EnumerateFiles(Feed, "*.nupkg").Select(path => new Package(path)).OrderBy(package => package.Name, StringComparer.Ordinal);

    /// <summary>Finds a package.</summary>
    internal Package Find(string name) => Assert.Single(All(), package => package.Name == name);
}
