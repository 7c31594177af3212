namespace Rel4.Metal.Tests;

/// <summary>Builds the proof image and boots it, once for all tests.</summary>
public sealed class ProofImage : IAsyncLifetime
{
    private static readonly TimeSpan BootLimit = TimeSpan.FromSeconds(60);

    private static readonly string Image = Path.Combine(MetalBuild.Root, "artifacts", "metal", "proof.img");

    /// <summary>Gets how the image ran as it is.</summary>
    internal ProgramRun Boot { get; private set; } = new(-1, "", "");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Tools.Require();
        ProgramRun build = await MetalBuild.RunAsync(Path.Combine(MetalBuild.Root, "src", "Rel4.Metal", "Rel4.Metal.csproj"));
        if (build.ExitCode != 0)
            throw new InvalidOperationException($"The image was not built:\n{build.Output}{build.Errors}");
        Boot = await BootAsync("");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Boots the image in QEMU without network or display; its serial port is the output.</summary>
    /// <remarks>A triple fault ends QEMU with status 0, QEMU's own errors with 1; the image ends it with (status &lt;&lt; 1) | 1.</remarks>
    internal static Task<ProgramRun> BootAsync(string commandLine) => ProgramRun.RunAsync(
        "qemu-system-x86_64",
        [
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-m", "64",
            "-serial", "stdio", "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
            "-kernel", Image, "-append", commandLine,
        ],
        BootLimit,
        TestContext.Current.CancellationToken);
}
