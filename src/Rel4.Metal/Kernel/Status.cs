namespace Rel4.Metal.Kernel;

/// <summary>Tells how the machine ended; QEMU's own exit status is twice this, plus 1.</summary>
/// <remarks>QEMU ends with 0 after a triple fault and with 1 at an error of its own, so no status here makes either. Those below are for tasks that end the machine (<c>ExitStatus</c>).</remarks>
internal enum Status : uint
{
    /// <summary>The kernel could not go on; <c>Boot/instructions.asm</c> knows the number too.</summary>
    Panic = 0x12,

    /// <summary>The root task had a fault that nobody handles.</summary>
    RootFault = 0x13,

    /// <summary>A task ended the machine by a debug call.</summary>
    Halted = 0x14,
}
