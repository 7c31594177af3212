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

    // Whether the bases in the processor may differ from 0. User code can only set them to 0: CR4.FSGSBASE is clear, all segments start at 0.
    private static bool s_basesSet;

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
            if (s_basesSet || (thread->Context.FsBase | thread->Context.GsBase) != 0)
                LoadBases(thread);
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

    private static void LoadBases(Tcb* thread)
    {
        Instructions.WriteMsr(FsBase, UserAddress(thread->Context.FsBase));
        Instructions.WriteMsr(GsBase, UserAddress(thread->Context.GsBase));
        s_basesSet = (thread->Context.FsBase | thread->Context.GsBase) != 0;
    }

    // An address that is not canonical would fault here.
    private static ulong UserAddress(ulong address) => address < PageTables.UserEnd ? address : 0;
}
