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
    /// What a refused invocation does change is left out: the caller's registers and IPC buffer, which hold the answer, and the place where the
    /// kernel notes it.
    /// </remarks>
    public long FirstChange(StoryThread caller)
    {
        Hide(&caller.Tcb->Context, (ulong)sizeof(UserContext));
        Hide(&caller.Tcb->FaultIP, sizeof(ulong));
        if (caller.Buffer != null)
            Hide(caller.Buffer, IpcBuffer.Size);
        Hide(&_kernel.State->Error, (ulong)sizeof(InvocationError));
        Hide(&_kernel.State->LookupFailure, (ulong)sizeof(LookupFailure));
        ReadOnlySpan<byte> now = Memory(_kernel);
        int same = now.CommonPrefixLength(_memory);
        return same == now.Length ? -1 : same;
    }

    private static ReadOnlySpan<byte> Memory(SimKernel kernel) => new(kernel.State->Region, (int)kernel.State->RegionSize);

    private void Hide(void* start, ulong length) =>
        new ReadOnlySpan<byte>(start, (int)length).CopyTo(_memory.AsSpan((int)_kernel.OffsetOf(start)));
}
