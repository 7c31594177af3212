using System.Runtime.CompilerServices;
using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Finds slots by their address (manual sections "Capability Address Lookup" and "Addressing Capabilities").</summary>
internal static unsafe class CSpace
{
    /// <summary>Finds the slot that a system call names; bits that are left over do not matter.</summary>
    /// <returns>Null if there is none; <see cref="FailureOf"/> then tells why.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Slot* LookupSlot(Tcb* thread, ulong address)
    {
        Capability root = thread->CSpaceRoot.Cap;
        return LookupSlot(thread, root, address);
    }

    /// <summary>As above, for who looks for several and has read the thread's root.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Slot* LookupSlot(Tcb* thread, Capability root, ulong address)
    {
        // Most capability spaces are one CNode whose guard and radix take all bits: what is above the radix is the guard.
        if (root.IsWholeCNode)
        {
            int radix = root.ShiftOfIndex;
            ulong above = address >> radix;
            if (above == root.Guard.Guard)
                return root.Slots + (address ^ (above << radix));
        }

        return Resolve(thread, address);
    }

    /// <summary>Tells why there is no slot that a system call names, by another look.</summary>
    public static LookupFailure FailureOf(Tcb* thread, ulong address) =>
        Resolve(thread->CSpaceRoot.Cap, address, Limits.WordBits, out _, out _);

    /// <summary>Finds the slot that an argument of a method names; all its bits must be used.</summary>
    public static Refusal LookupTarget(in Capability root, ulong address, ulong depth, Refusal.Side side, out Slot* slot)
    {
        slot = null;
        if (root.Type != CapType.CNode)
            return Refusal.FailedLookup(side, LookupFailure.InvalidRoot());
        if (depth is < 1 or > Limits.WordBits)
            return Refusal.Range(1, Limits.WordBits);
        LookupFailure failure = Resolve(root, address, (int)depth, out slot, out int bitsLeft);
        if (bitsLeft == 0)
            return default;
        return Refusal.FailedLookup(side, slot == null ? failure : LookupFailure.DepthMismatch(bitsLeft, 0));
    }

    // Its frame is its own: whoever finds the slot by the short way makes no room for a failure.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Slot* Resolve(Tcb* thread, ulong address)
    {
        Resolve(thread->CSpaceRoot.Cap, address, Limits.WordBits, out Slot* slot, out _);
        return slot;
    }

    /// <remarks>It finds a slot whenever it leaves no bits.</remarks>
    private static LookupFailure Resolve(in Capability root, ulong address, int depth, out Slot* slot, out int bitsLeft)
    {
        bitsLeft = depth;
        slot = null;
        if (root.Type != CapType.CNode)
            return LookupFailure.InvalidRoot();

        Capability node = root;
        while (true)
        {
            CNodeCapData guard = node.Guard;
            int guardSize = guard.GuardSize, radix = node.Bits, levelBits = guardSize + radix;

            // Without a guard the shift may be by 64, which means nothing; the mask is 0 then.
            ulong bits = (address >> (bitsLeft - guardSize)) & ((1UL << guardSize) - 1);
            if (guardSize > bitsLeft || bits != guard.Guard)
                return LookupFailure.GuardMismatch(bitsLeft, guard);
            if (levelBits > bitsLeft)
                return LookupFailure.DepthMismatch(bitsLeft, levelBits);

            bitsLeft -= levelBits;
            ulong index = (address >> bitsLeft) & ((1UL << radix) - 1);
            Slot* found = node.Slots + index;
            if (bitsLeft == 0 || found->Cap.Type != CapType.CNode)
            {
                slot = found;
                return default;
            }

            node = found->Cap;
        }
    }
}
