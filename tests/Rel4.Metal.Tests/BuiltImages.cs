[assembly: AssemblyFixture(typeof(Rel4.Metal.Tests.BuiltImages))]

namespace Rel4.Metal.Tests;

/// <summary>Builds the images and runs the suite as it is, once for all tests.</summary>
public sealed class BuiltImages : IAsyncLifetime
{
    /// <summary>Gets where the images are.</summary>
    public static string Folder { get; } = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../metal"));

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);

    // bin/Rel4.Metal.Tests/<configuration>/ is where this is; its neighbor is where the command is.
    private static readonly string Configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    /// <summary>Gets what runs the command.</summary>
    public static string Dotnet => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    /// <summary>Gets the command.</summary>
    public static string Command { get; } = Path.GetFullPath(
        Path.Combine(AppContext.BaseDirectory, "../../Rel4.Cli", Configuration, "rel4.dll"));

    /// <summary>Gets how the suite went.</summary>
    internal ProgramRun Suite { get; private set; } = new(-1, "", "");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Tools.Require();
        Suite = await RunCommandAsync(["test"]);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Runs <c>rel4 metal</c> with the images that were built.</summary>
    internal Task<ProgramRun> RunAsync(string command, params string[] arguments) => RunCommandAsync([command, "--no-build", .. arguments]);

    /// <summary>Runs <c>rel4 metal</c> with the images that were built, where some of the environment is another.</summary>
    internal Task<ProgramRun> RunAsync(IReadOnlyDictionary<string, string> environment, string command, params string[] arguments) =>
        RunCommandAsync([command, "--no-build", .. arguments], environment);

    private static Task<ProgramRun> RunCommandAsync(string[] arguments, IReadOnlyDictionary<string, string>? environment = null) => ProgramRun.RunAsync(
        Dotnet,
        [Command, "metal", .. arguments],
        Limit,
        TestContext.Current.CancellationToken,
        environment);
}
