namespace Rel4.Cli.Metal;

/// <summary>Names the emulators that a kernel boots in.</summary>
internal enum MachineKind
{
    /// <summary>QEMU: counts time by instructions with any number of processors, and has no user interrupts.</summary>
    Qemu,

    /// <summary>Bochs: has user interrupts.</summary>
    Bochs,
}
