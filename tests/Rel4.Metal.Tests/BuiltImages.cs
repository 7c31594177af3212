[assembly: AssemblyFixture(typeof(Rel4.Metal.Tests.BuiltImages))]

namespace Rel4.Metal.Tests;

/// <summary>Builds the images and runs the suite as it is, once for all tests.</summary>
public sealed class BuiltImages : IAsyncLifetime
{
    /// <summary>Gets where the images are.</summary>
    public static string Folder { get; } = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../metal"));

    /// <summary>Gets how the suite went.</summary>
    internal MetalRun Suite { get; private set; } = new(-1, "", "");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Tools.Require();
        Suite = await MetalRun.RunAsync("test");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Runs <c>rel4 metal</c> with the images that were built.</summary>
    internal Task<MetalRun> RunAsync(string command, params string[] arguments) => MetalRun.RunAsync([command, "--no-build", .. arguments]);
}
