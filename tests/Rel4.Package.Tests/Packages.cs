using System.IO.Compression;

namespace Rel4.Package.Tests;

/// <summary>Packs what this build made, and keeps a folder outside the repository that knows no other source of packages.</summary>
public sealed class Packages : IAsyncLifetime
{
    private static readonly string[] s_projects = 
    [
        "Rel4.Abi", "Rel4.Kernel", "Rel4.Runtime", "Rel4.Tasks", "Rel4.Hosted", "Rel4.Hosting", "Rel4.Streams", "Rel4.AspNetCore", "Rel4.Contracts",
        "Rel4.Contracts.MessagePack", "Rel4.Sim", "Rel4.Testing", "Rel4.Cli",
    ];

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
            $"""<configuration><packageSources><clear/><add key="local" value="{Feed}"/></packageSources></configuration>""");
        foreach (string project in s_projects)
        {
            await Shell.RunAsync(
                Repository, Environment, "dotnet", "pack", Path.Combine("src", project), "--no-build", "-c", Configuration, "-o", Feed, "-v", "q", "--nologo");
        }
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Lists the files in a package.</summary>
    internal IReadOnlyList<string> FilesOf(string package, string kind)
    {
        // Names of packages begin each other: rel4.0.1.0 and Rel4.Abi.0.1.0.
        string path = Assert.Single(Directory.EnumerateFiles(Feed), file =>
            Path.GetFileName(file).StartsWith(package + ".", StringComparison.Ordinal) && char.IsDigit(Path.GetFileName(file)[package.Length + 1])
            && file.EndsWith(kind, StringComparison.Ordinal));
        using ZipArchive archive = ZipFile.OpenRead(path);
        return [.. archive.Entries.Select(entry => entry.FullName)];
    }
}
