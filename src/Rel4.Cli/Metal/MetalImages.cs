using System.Diagnostics;

namespace Rel4.Cli.Metal;

/// <summary>Builds the kernel and the tasks that a machine boots, and knows where they are.</summary>
internal sealed class MetalImages(Repository repository)
{
    /// <summary>Gets a kernel.</summary>
    public string Kernel(KernelVariant variant) => Path.Combine(Folder, variant == KernelVariant.DebugCalls ? "kernel-debug.img" : "kernel.img");

    /// <summary>Gets the root task with the test suite and the benchmark.</summary>
    public string Root => Path.Combine(Folder, "root.elf");

    /// <summary>Gets the first sector of a disk that boots a kernel.</summary>
    public string BootSector => Path.Combine(Folder, "boot.bin");

    /// <summary>Gets the tasks that it loads, as the boot loader hands them over: a file and a name.</summary>
    public IReadOnlyList<string> Modules => [.. Hand(Tasks)];

    /// <summary>Gets the key-value store, as the boot loader hands it over: the root task that builds it, the store and its load.</summary>
    public IReadOnlyList<string> KeyValueStore => [Path.Combine(Folder, "kv.elf"), .. Hand(["store", "load"])];

    private static string[] Tasks => ["worker", "hostile"];

    private string Folder => Path.Combine(repository.Root, "artifacts", "metal");

    private IEnumerable<string> Hand(string[] tasks) => tasks.Select(name => $"{Path.Combine(Folder, name)}.elf {name}");

    /// <summary>Builds the tasks and a kernel and returns null, or what the compilers said when that failed.</summary>
    public async Task<string?> BuildAsync(KernelVariant variant, CancellationToken cancellationToken)
    {
        var output = new List<string>();
        var startInfo = new ProcessStartInfo
        {
            ArgumentList = { "build", Path.Combine("src", "Rel4.Metal", "Images.proj"), "-c", "Release", "-v", "q", "--nologo" },
            WorkingDirectory = repository.Root,
        };
        if (variant == KernelVariant.DebugCalls)
            startInfo.ArgumentList.Add("-p:DebugCalls=true");
        int exitCode = await ChildProcess.RunDotnetAsync(startInfo, Keep, Keep, cancellationToken);
        return exitCode == 0 ? null : string.Join('\n', output);

        void Keep(string line)
        {
            lock (output)
                output.Add(line);
        }
    }
}

/// <summary>Names the kernels that are built from the one source.</summary>
internal enum KernelVariant
{
    /// <summary>What is shipped.</summary>
    Plain,

    /// <summary>With the system calls by which whoever debugs a task prints and looks into the kernel.</summary>
    DebugCalls,
}
