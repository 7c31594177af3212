using System.Runtime.InteropServices;
using System.Threading;

namespace Rel4.Metal.Kernel;

/// <summary>Lets one processor at a time into the kernel, in the order in which they come. <c>Boot/entry.asm</c> has it, takes it and gives it away.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct KernelLock
{
    private uint _next;
    private uint _isUsed;
    private fixed uint _line[14];
    private uint _serving;

    /// <summary>Gets whether others wait for the processor that has it.</summary>
    public static bool IsAwaited => Own->_isUsed != 0 && Volatile.Read(ref Own->_next) - Own->_serving > 1;

    private static KernelLock* Own => (KernelLock*)Instructions.Layout()->Lock;

    /// <summary>Has processors take it from now on. The one that says so has it.</summary>
    public static void Use() => Own->_isUsed = 1;
}
