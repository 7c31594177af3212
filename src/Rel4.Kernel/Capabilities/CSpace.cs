using System.Runtime.CompilerServices;
using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Finds slots by their address (manual sections "Capability Address Lookup" and "Addressing Capabilities").</summary>
internal static unsafe class CSpace
{
    /// <summary>Finds the slot that a system call names; bits that are left over do not matter.</summary>
    /// <returns>Null if there is none; <see cref="KernelState.LookupFailure"/> then tells why.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Slot* LookupSlot(KernelState* kernel, Tcb* thread, ulong address)
    {
        // Most capability spaces are one CNode whose guard and radix take all bits: what is above the radix is the guard.
        Slot* root = &thread->CSpaceRoot;
        if (root->Cap.IsWholeCNode)
        {
            int radix = root->Cap.Bits;
            ulong above = address >> radix;
            if (above == root->Cap.Guard.Guard)
                return root->Cap.Slots + (address ^ (above << radix));
        }

        return Resolve(kernel, thread->CSpaceRoot.Cap, address, Limits.WordBits, out _);
    }

    /// <summary>Finds the slot that an argument of a method names; all its bits must be used.</summary>
    /// <returns>Null if there is none; <see cref="KernelState.Error"/> then tells why.</returns>
    public static Slot* LookupTarget(KernelState* kernel, in Capability root, ulong address, ulong depth, InvocationError.Side side)
    {
        if (root.Type != CapType.CNode)
        {
            kernel->Error = InvocationError.FailedLookup(side, LookupFailure.InvalidRoot());
            return null;
        }

        if (depth is < 1 or > Limits.WordBits)
        {
            kernel->Error = InvocationError.Range(1, Limits.WordBits);
            return null;
        }

        Slot* slot = Resolve(kernel, root, address, (int)depth, out int bitsLeft);
        if (bitsLeft == 0)
            return slot;
        kernel->Error = InvocationError.FailedLookup(side, slot == null ? kernel->LookupFailure : LookupFailure.DepthMismatch(bitsLeft, 0));
        return null;
    }

    /// <remarks>It finds a slot whenever it leaves no bits.</remarks>
    private static Slot* Resolve(KernelState* kernel, in Capability root, ulong address, int depth, out int bitsLeft)
    {
        bitsLeft = depth;
        if (root.Type != CapType.CNode)
        {
            kernel->LookupFailure = LookupFailure.InvalidRoot();
            return null;
        }

        Capability node = root;
        while (true)
        {
            CNodeCapData guard = node.Guard;
            int guardSize = guard.GuardSize, radix = node.Bits, levelBits = guardSize + radix;

            // Without a guard the shift may be by 64, which means nothing; the mask is 0 then.
            ulong found = (address >> (bitsLeft - guardSize)) & ((1UL << guardSize) - 1);
            if (guardSize > bitsLeft || found != guard.Guard)
            {
                kernel->LookupFailure = LookupFailure.GuardMismatch(bitsLeft, guard);
                return null;
            }

            if (levelBits > bitsLeft)
            {
                kernel->LookupFailure = LookupFailure.DepthMismatch(bitsLeft, levelBits);
                return null;
            }

            bitsLeft -= levelBits;
            ulong index = (address >> bitsLeft) & ((1UL << radix) - 1);
            Slot* slot = node.Slots + index;
            if (bitsLeft == 0 || slot->Cap.Type != CapType.CNode)
                return slot;
            node = slot->Cap;
        }
    }
}
