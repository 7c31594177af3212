using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Sim.Stories;

/// <summary>Keeps a copy of all of a machine's memory, to tell what an operation has changed.</summary>
internal sealed unsafe class MemorySnapshot
{
    private readonly SimKernel _kernel;
    private readonly byte[] _memory;

    public MemorySnapshot(SimKernel kernel)
    {
        _kernel = kernel;
        _memory = Memory(kernel).ToArray();
    }

    /// <summary>Finds the first byte that has changed, as an offset into the memory; -1 if there is none.</summary>
    /// <remarks>
    /// What a refused invocation does change is left out: the caller's registers and IPC buffer, which hold the answer.
    /// </remarks>
    public long FirstChange(StoryThread caller)
    {
        Hide(&caller.Tcb->Context, (ulong)sizeof(UserContext));
        Hide(&caller.Tcb->FaultIP, sizeof(ulong));
        if (caller.Buffer != null)
            Hide(caller.Buffer, IpcBuffer.Size);
        ReadOnlySpan<byte> now = Memory(_kernel);
        int same = now.CommonPrefixLength(_memory);
        return same == now.Length ? -1 : same;
    }

    /// <summary>Finds the first word in which two machines differ, as an offset into their memories; -1 if there is none.</summary>
    /// <remarks>Their memories lie at different addresses, so pointers into them are compared as offsets.</remarks>
    public static long FirstDifference(SimKernel first, SimKernel second)
    {
        ulong* words1 = (ulong*)first.State->Shared->Region, words2 = (ulong*)second.State->Shared->Region;
        for (ulong i = 0; i < first.State->Shared->RegionSize / sizeof(ulong); i++)
        {
            bool isOfMachine = words1 + i == &first.State->MachineData;
            if (!isOfMachine && Relocated(first, words1[i]) != Relocated(second, words2[i]))
                return (long)i * sizeof(ulong);
        }

        return -1;
    }

    /// <summary>Makes an offset of what looks like a pointer into the memory; its high 16 bits may hold something else, or, where a slot has it, the low 16.</summary>
    private static ulong Relocated(SimKernel kernel, ulong word)
    {
        const int Bits = 16;
        ulong offset = kernel.OffsetOf(Packed.Pointer(word)), ofSlot = kernel.OffsetOf((void*)((long)word >> Bits));
        if (offset < kernel.State->Shared->RegionSize)
            return Packed.WithPointer(word, (void*)offset);
        return ofSlot < kernel.State->Shared->RegionSize ? (ofSlot << Bits) | (ushort)word : word;
    }

    private static ReadOnlySpan<byte> Memory(SimKernel kernel) => new(kernel.State->Shared->Region, (int)kernel.State->Shared->RegionSize);

    private void Hide(void* start, ulong length) =>
        new ReadOnlySpan<byte>(start, (int)length).CopyTo(_memory.AsSpan((int)_kernel.OffsetOf(start)));
}
