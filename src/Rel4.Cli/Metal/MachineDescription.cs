namespace Rel4.Cli.Metal;

/// <summary>What a machine boots, what it has, and how long it may take.</summary>
/// <param name="Kernel">The kernel's file.</param>
/// <param name="Modules">What the boot loader hands over, the root task first: files, each with words that the guest reads.</param>
/// <param name="Limit">How long the guest may take.</param>
internal sealed record MachineDescription(string Kernel, IReadOnlyList<string> Modules, TimeSpan Limit)
{
    /// <summary>Gets the emulator.</summary>
    public MachineKind Kind { get; init; }

    /// <summary>Gets the model of its processors, as the emulator calls it; null for the one with the most features.</summary>
    public string? Model { get; init; }

    /// <summary>Gets the first sector of a disk, for the emulator that boots from one.</summary>
    public string BootSector { get; init; } = "";

    /// <summary>Gets what the kernel reads in its command line.</summary>
    public string KernelOptions { get; init; } = "";

    /// <summary>Gets its memory.</summary>
    public int MemoryMiB { get; init; } = 64;

    /// <summary>Gets the number of its processors.</summary>
    public int Processors { get; init; } = 1;

    /// <summary>Gets whether QEMU goes by the host's clock, and not by the count of instructions.</summary>
    public bool IsRealTime { get; init; }

    /// <summary>Gets the text that ends the machine once it is printed; null for none.</summary>
    public string? Until { get; init; }

    /// <summary>Finds a module's file in what the boot loader hands over.</summary>
    public static string FileOf(string module) => module.Split(' ')[0];
}
