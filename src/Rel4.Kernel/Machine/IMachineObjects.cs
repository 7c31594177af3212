using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>What only the machine knows of objects: all about those of its own types, and its part of a thread, its registers among it, and of memory.</summary>
internal unsafe interface IMachineObjects
{
    /// <summary>Fills memory that no object uses with zeros.</summary>
    static abstract void ClearMemory(KernelState* kernel, byte* start, ulong length);

    /// <summary>Gets log2 of the bytes of an object of one of the machine's types, and whether the memory of a device can become one.</summary>
    /// <returns>False if none can be made.</returns>
    static abstract bool TryGetSize(ObjectType type, out int sizeBits, out bool fitsDevice);

    /// <summary>Makes an object of such a type in zeroed memory, and the first capability to it, with all rights.</summary>
    static abstract Capability Make(KernelState* kernel, ObjectType type, byte* memory, int sizeBits, bool isDevice);

    /// <summary>Gets the machine's part of a new thread ready for use.</summary>
    static abstract void InitialiseThread(KernelState* kernel, Tcb* thread);

    /// <summary>Takes note that a thread is to have batches.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="thread">The thread.</param>
    /// <param name="bell">The index by which it posts that there is something in its batch; the greatest number if it can't.</param>
    /// <returns>False if the machine has none.</returns>
    static abstract bool TryOpenBatch(KernelState* kernel, Tcb* thread, out ulong bell);

    /// <summary>Makes of a capability to an object of the machine's what a copy of it is.</summary>
    /// <returns>False if its kind has no copies, or there can be none of it as it is now; nor can a thread use it then.</returns>
    static abstract bool TryDerive(ref Capability capability);

    /// <summary>Takes note that a capability to a thread, or to an object of the machine's, is deleted.</summary>
    static abstract void Finalise(KernelState* kernel, in Capability capability, Finality finality);

    /// <summary>Performs a method of an object of the machine's.</summary>
    static abstract Result Invoke(KernelState* kernel, in Invocation invocation);

    /// <summary>Brings up to date what the TCB of the thread that made the system call has of registers that user code may have changed since.</summary>
    static abstract void SaveRegisters(KernelState* kernel, Tcb* caller);

    /// <summary>Takes note that such registers of that thread may have been written.</summary>
    static abstract void LoadRegisters(KernelState* kernel, Tcb* caller);
}
