using System.Runtime.CompilerServices;
using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Gives the processor to a thread: its address space and segment bases. <c>Boot/entry.asm</c> does the rest.</summary>
internal static unsafe class ThreadSwitch
{
    private const uint FsBase = 0xC000_0100;
    private const uint GsBase = 0xC000_0101;

    // The thread that ran last, compared only: it may be gone.
    private static Tcb* s_last;

    // The bases loaded last. User code can only set them to 0: CR4.FSGSBASE is clear, all segments start at 0.
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
        ulong fsBase = thread->Context.FsBase, gsBase = thread->Context.GsBase;
        if (thread != s_last)
        {
            // What the last one has in the processor may be 0 by its own doing, but nothing else than what was loaded.
            s_last = thread;
            if ((fsBase | gsBase | s_fsBase | s_gsBase) != 0)
                LoadBases(fsBase, gsBase);
        }
        else if (((fsBase ^ s_fsBase) | (gsBase ^ s_gsBase)) != 0)
        {
            // It copied registers to itself.
            LoadBases(fsBase, gsBase);
        }

        AddressSpaces.Enter(thread);
        return &thread->Context;
    }

    /// <summary>Takes note that a thread's memory may become another's.</summary>
    public static void Forget(Tcb* thread)
    {
        if (s_last == thread)
            s_last = null;
    }

    private static void LoadBases(ulong fsBase, ulong gsBase)
    {
        s_fsBase = fsBase;
        s_gsBase = gsBase;
        Instructions.WriteMsr(FsBase, UserAddress(fsBase));
        Instructions.WriteMsr(GsBase, UserAddress(gsBase));
    }

    // An address that is not canonical would fault here.
    private static ulong UserAddress(ulong address) => address < PageTables.UserEnd ? address : 0;
}
