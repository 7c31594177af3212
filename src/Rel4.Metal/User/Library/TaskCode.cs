using System.Runtime;
using System.Runtime.CompilerServices;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Reaches what <c>start.asm</c> provides.</summary>
internal static unsafe class TaskCode
{
    /// <summary>Makes the system call that a frame describes.</summary>
    [RuntimeImport("*", "task_trap")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Trap(TrapFrame* frame);

    /// <summary>Reads the processor's time stamp counter.</summary>
    [RuntimeImport("*", "task_timestamp")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong Timestamp();
}
