using System.Runtime.CompilerServices;
using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Gives the processor to a thread: its address space and segment bases. <c>Boot/entry.asm</c> does the rest.</summary>
/// <remarks>
/// Where user code sets the bases of FS and GS by itself, <c>entry.asm</c> changes them with the thread. Elsewhere user code can only make them 0, by a
/// selector, since all segments start there; they are loaded here, which takes longer, unless they are 0 on both sides.
/// </remarks>
internal static unsafe class ThreadSwitch
{
    private const uint FsBase = 0xC000_0100;
    private const uint GsBase = 0xC000_0101;

    // The thread that ran last, compared only: it may be gone.
    private static Tcb* s_last;

    // The bases loaded last.
    private static ulong s_fsBase;
    private static ulong s_gsBase;

    /// <summary>Prepares the processor for the current thread.</summary>
    /// <returns>Its context; null if there is no thread to run.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UserContext* Leave(KernelState* kernel)
    {
        Tcb* thread = kernel->Current;
        if (thread == null)
            return null;
        if (thread != s_last)
        {
            s_last = thread;
            if (!Features.UsersSetBases && (thread->Context.FsBase | thread->Context.GsBase | s_fsBase | s_gsBase) != 0)
                LoadBases(thread);
        }

        AddressSpaces.Enter(thread);
        return &thread->Context;
    }

    /// <summary>Stores what the thread that runs made of its bases.</summary>
    public static void SaveBases(Tcb* thread)
    {
        if (!Features.UsersSetBases)
            return;
        thread->Context.FsBase = Instructions.ReadMsr(FsBase);
        thread->Context.GsBase = Instructions.ReadMsr(GsBase);
    }

    /// <summary>Loads a thread's bases.</summary>
    public static void LoadBases(Tcb* thread)
    {
        s_fsBase = thread->Context.FsBase;
        s_gsBase = thread->Context.GsBase;
        Instructions.WriteMsr(FsBase, Canonical(s_fsBase));
        Instructions.WriteMsr(GsBase, Canonical(s_gsBase));
    }

    /// <summary>Takes note that a thread's memory may become another's.</summary>
    public static void Forget(Tcb* thread)
    {
        if (s_last == thread)
            s_last = null;
    }

    // Another address would fault here. One in the kernel's half is of no use to user code.
    private static ulong Canonical(ulong address) => (ulong)((long)address << 16 >> 16);
}
