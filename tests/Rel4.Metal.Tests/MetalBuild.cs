namespace Rel4.Metal.Tests;

/// <summary>Builds an image as its project says.</summary>
internal static class MetalBuild
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>Gets the repository's folder.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Builds the image of a project.</summary>
    public static Task<ProgramRun> RunAsync(string project, params string[] arguments) => ProgramRun.RunAsync(
        Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
        ["build", project, "-c", "Release", "-t:Image", "--nologo", "-v", "q", "-nodeReuse:false", .. arguments],
        Limit,
        TestContext.Current.CancellationToken);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder != null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "global.json")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"No repository around {AppContext.BaseDirectory}");
    }
}
