using System.Collections.Immutable;
using Rel4.Abi;

namespace Rel4.Spec.Rules;

/// <summary>A slot found at an address, or why none was.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="BitsLeft">Bits of the address that were not needed to get there.</param>
/// <param name="Failure">The failure, when there is no slot.</param>
public sealed record LookupResult(SlotId Slot, int BitsLeft, LookupFailure? Failure = null)
{
    /// <summary>Makes the result of a failed lookup.</summary>
    public static LookupResult Failed(LookupFailure failure) => new(default, 0, failure);
}

/// <summary>The rules by which a capability address names a slot (manual, "CSpace Addressing").</summary>
public static class Lookup
{
    /// <summary>
    /// Follows an address through guarded CNodes, using its <paramref name="depth"/> lowest bits (manual, "Capability Address Lookup").
    /// </summary>
    public static LookupResult Resolve(this SpecState s, Capability? root, ulong address, int depth)
    {
        if (root is not CNodeCap node)
            return LookupResult.Failed(LookupFailure.InvalidRoot());
        for (int bitsLeft = depth; ;)
        {
            if (node.GuardSize > bitsLeft || Bits(address, bitsLeft, node.GuardSize) != node.Guard)
                return LookupResult.Failed(LookupFailure.GuardMismatch(bitsLeft, node.Guard, node.GuardSize));
            int levelBits = node.GuardSize + node.Radix;
            if (levelBits > bitsLeft)
                return LookupResult.Failed(LookupFailure.DepthMismatch(bitsLeft, levelBits));
            SlotId slot = new(node.Address, (int)Bits(address, bitsLeft - node.GuardSize, node.Radix));
            bitsLeft -= levelBits;
            if (bitsLeft == 0 || s.Cap(slot) is not CNodeCap next)
                return new LookupResult(slot, bitsLeft);
            node = next;
        }
    }

    /// <summary>Finds the slot at an address of a thread's capability space.</summary>
    /// <remarks>Bits left over mean nothing, and an empty slot is found too.</remarks>
    public static LookupResult FindSlot(this SpecState s, ulong thread, ulong address) =>
        s.Resolve(s.Cap(new SlotId(thread, TcbSlot.CSpace)), address, Limits.WordBits);

    /// <summary>
    /// Finds the slots of the capabilities that a thread wants to send (manual, "Capability Transfer"); the first failure ends it.
    /// </summary>
    /// <returns>The slots, or the address that failed and why.</returns>
    public static (ImmutableArray<SlotId> Slots, ulong FailedAddress, LookupFailure? Failure) FindExtraCaps(
        this SpecState s, ulong thread, MessageInfo info)
    {
        ImmutableArray<SlotId> slots = [];
        if (s.BufferOf(thread, CapRights.Read) is null)
            return (slots, 0, null);
        for (int i = 0; i < info.ExtraCaps; i++)
        {
            ulong address = s.BufferWord(thread, BufferWords.CapsOrBadges + i);
            LookupResult found = s.FindSlot(thread, address);
            if (found.Failure is { } failure)
                return ([], address, failure);
            slots = slots.Add(found.Slot);
        }
        return (slots, 0, null);
    }

    /// <summary>
    /// Finds the slot that a CNode method or a retype names; every bit of the depth must be used up (manual, "Addressing Capabilities").
    /// </summary>
    /// <exception cref="RefusalException">There is no such slot.</exception>
    public static SlotId FindTarget(this SpecState s, Capability? root, ulong index, ulong depth, bool isSource)
    {
        if (root is not CNodeCap)
            throw RefusalException.FailedLookup(isSource, LookupFailure.InvalidRoot());
        if (depth is < 1 or > Limits.WordBits)
            throw RefusalException.Range(1, Limits.WordBits);
        LookupResult found = s.Resolve(root, index, (int)depth);
        if (found.Failure is { } failure)
            throw RefusalException.FailedLookup(isSource, failure);
        if (found.BitsLeft != 0)
            throw RefusalException.FailedLookup(isSource, LookupFailure.DepthMismatch(found.BitsLeft, 0));
        return found.Slot;
    }

    /// <summary>
    /// Finds the slot in which a thread is willing to receive a capability, which must be empty (manual, "Capability Transfer").
    /// </summary>
    public static SlotId? FindReceiveSlot(this SpecState s, ulong receiver)
    {
        LookupResult root = s.FindSlot(receiver, s.BufferWord(receiver, BufferWords.ReceiveCNode));
        if (root.Failure is not null)
            return null;
        ulong depth = s.BufferWord(receiver, BufferWords.ReceiveDepth);
        if (depth is < 1 or > Limits.WordBits)
            return null;
        LookupResult found = s.Resolve(s.Cap(root.Slot), s.BufferWord(receiver, BufferWords.ReceiveIndex), (int)depth);
        return found is { Failure: null, BitsLeft: 0 } && s.Cap(found.Slot) is null ? found.Slot : null;
    }

    /// <summary>Cuts the <paramref name="count"/> highest of an address's <paramref name="bitsLeft"/> lowest bits.</summary>
    private static ulong Bits(ulong address, int bitsLeft, int count) =>
        (ulong)(((UInt128)address >> (bitsLeft - count)) & ((UInt128.One << count) - 1));
}
