using System.Runtime;
using System.Runtime.CompilerServices;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Reaches what <c>start.asm</c> provides.</summary>
internal static unsafe class TaskCode
{
    /// <summary>Makes the system call that a frame describes.</summary>
    [RuntimeImport("*", "task_trap")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Trap(TrapFrame* frame);

    /// <summary>
    /// Makes a system call at the least cost there is: what is in the registers of words 0 to 3 is sent, what comes back is dropped.
    /// </summary>
    [RuntimeImport("*", "task_system_call")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void SystemCall(ulong capability, MessageInfo info, Syscall number);

    /// <summary>Reads the processor's time stamp counter.</summary>
    [RuntimeImport("*", "task_timestamp")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong Timestamp();
}
