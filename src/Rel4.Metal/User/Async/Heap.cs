using System.Runtime;
using System.Runtime.CompilerServices;

namespace Rel4.Metal.User;

/// <summary>The memory of a task's objects, which only grows: nothing is collected. What is used again is pooled by who made it.</summary>
internal static unsafe class Heap
{
    /// <summary>Gets how many bytes are taken.</summary>
    public static ulong Used => GetUsed();

    /// <summary>Gets how many bytes are left.</summary>
    public static ulong Left => GetLeft();

    /// <summary>Takes memory, all zero; a multiple of 8 bytes. Without any the task ends.</summary>
    [RuntimeImport("*", "task_allocate")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void* Take(ulong bytes);

    [RuntimeImport("*", "task_heap_used")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong GetUsed();

    [RuntimeImport("*", "task_heap_left")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong GetLeft();
}
