using System.Runtime.CompilerServices;
using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Performs the one method of untyped memory (manual section "Kernel Memory Allocation"; <c>seL4_Untyped_Retype</c>).</summary>
/// <remarks>Invariant: the memory of an untyped above its watermark is zero.</remarks>
internal static unsafe class UntypedInvocations<TMachine>
    where TMachine : struct, IScheduler, IMachineObjects
{
    /// <summary>Bytes cleared between two preemption points.</summary>
    private const ulong ClearChunk = 16384;

    public static Result Invoke(KernelState* kernel, in Invocation invocation)
    {
        if (invocation.Label != InvocationLabel.UntypedRetype)
            return Refusal.Of(SeL4Error.IllegalOperation);
        if (!invocation.Has(words: 6, caps: 1))
            return Refusal.Of(SeL4Error.TruncatedMessage);
        var type = (ObjectType)invocation.Word(0);
        ulong sizeBits = invocation.Word(1), nodeIndex = invocation.Word(2), nodeDepth = invocation.Word(3);
        ulong offset = invocation.Word(4), count = invocation.Word(5);
        if (!ObjectFactory.TryGetSize<TMachine>(type, sizeBits, out int objectBits, out bool fitsDevice))
            return Refusal.InvalidArgument(0);
        if (sizeBits >= Limits.WordBits || objectBits > Limits.MaxUntypedBits)
            return Refusal.Range(0, Limits.MaxUntypedBits);
        if ((type == ObjectType.CapTable && sizeBits == 0) || (type == ObjectType.Untyped && sizeBits < Limits.MinUntypedBits))
            return Refusal.InvalidArgument(1);
        if (FindWindow(invocation.Caps[0]->Cap, nodeIndex, nodeDepth, offset, count, out Slot* window).IsGiven(out Refusal refusal))
            return refusal;

        Slot* untyped = invocation.Service;
        ref Capability memory = ref untyped->Cap;
        bool isUnused = !DerivationTree.HasChildren(untyped);
        ulong used = isUnused ? 0 : memory.Watermark;
        ulong free = (1UL << memory.Bits) - used;
        if ((free >> objectBits) < count)
            return Refusal.NotEnoughMemory(free);
        if (memory.IsDevice && !fitsDevice)
            return Refusal.InvalidArgument(1);

        if (isUnused && !TryReset(kernel, ref memory))
            return Outcome.Preempted;
        // A batch may be performed elsewhere: a thread's home is its maker's all the same.
        Make(invocation.Caller->Home, untyped, type, objectBits, window, count);
        return Outcome.Done;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Refusal FindWindow(in Capability root, ulong index, ulong depth, ulong offset, ulong count, out Slot* window)
    {
        window = null;
        Capability node = root;
        if (depth != 0)
        {
            if (CSpace.LookupTarget(root, index, depth, Refusal.Side.Destination, out Slot* slot).IsGiven(out Refusal refusal))
                return refusal;
            node = slot->Cap;
        }

        if (node.Type != CapType.CNode)
            return Refusal.FailedLookup(Refusal.Side.Destination, LookupFailure.MissingCapability(depth));
        ulong slots = 1UL << node.Bits;
        if (offset >= slots)
            return Refusal.Range(0, slots - 1);
        if (count is < 1 or > Limits.RetypeFanOut)
            return Refusal.Range(1, Limits.RetypeFanOut);
        if (count > slots - offset)
            return Refusal.Range(1, slots - offset);
        window = node.Slots + offset;
        for (Slot* slot = window, end = window + count; slot != end; slot++)
        {
            if (!slot->IsEmpty)
                return Refusal.Of(SeL4Error.DeleteFirst);
        }

        return default;
    }

    /// <summary>Clears memory that was used before, from the watermark down, so that an interrupted reset loses nothing.</summary>
    private static bool TryReset(KernelState* kernel, ref Capability memory)
    {
        while (memory.Watermark != 0)
        {
            ulong start = (memory.Watermark - 1) / ClearChunk * ClearChunk;
            if (!memory.IsDevice)
                TMachine.ClearMemory(kernel, memory.Memory + start, memory.Watermark - start);
            memory.Watermark = start;
            if (start != 0 && TMachine.PreemptionPending(kernel))
                return false;
        }

        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Make(KernelState* kernel, Slot* untyped, ObjectType type, int objectBits, Slot* window, ulong count)
    {
        ulong size = 1UL << objectBits;
        ulong start = (untyped->Cap.Watermark + size - 1) & ~(size - 1);
        byte* memory = untyped->Cap.Memory, address = memory + start;
        bool isDevice = untyped->Cap.IsDevice;
        for (Slot* slot = window, end = window + count; slot != end; slot++, address += size)
            DerivationTree.InsertOriginal(ObjectFactory.Make<TMachine>(kernel, type, address, objectBits, isDevice), untyped, slot);
        untyped->Cap.Watermark = (ulong)(address - memory);
    }
}
