using System.Runtime;
using System.Runtime.CompilerServices;

namespace Rel4.Metal;

/// <summary>Tells how the machine ended; QEMU's own exit status is twice this, plus 1.</summary>
/// <remarks>QEMU ends with 0 after a triple fault and with 1 at an error of its own, so no status here makes either.</remarks>
internal enum Status : uint
{
    /// <summary>Every row passed.</summary>
    Passed = 0x10,

    /// <summary>A row failed.</summary>
    Failed = 0x11,

    /// <summary>The kernel could not go on; <c>Boot/imports.asm</c> knows the number too.</summary>
    Panic = 0x12,

    /// <summary>The root task had a fault that nobody handles.</summary>
    RootFault = 0x13,

    /// <summary>A task ended the machine by a debug call.</summary>
    Halted = 0x14,
}

/// <summary>Reaches what <c>Boot/imports.asm</c> provides.</summary>
internal static class BootCode
{
    /// <summary>Writes a byte to an I/O port.</summary>
    [RuntimeImport("*", "metal_out8")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Out8(ushort port, byte value);

    /// <summary>Reads a byte from an I/O port.</summary>
    [RuntimeImport("*", "metal_in8")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte In8(ushort port);

    /// <summary>Ends the machine.</summary>
    [RuntimeImport("*", "metal_exit")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Exit(Status status);
}
