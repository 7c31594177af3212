using System.Runtime.CompilerServices;

namespace Rel4.Kernel;

/// <summary>Keeps track of which capability was derived from which (manual section "Capability Derivation Tree").</summary>
/// <remarks>
/// The tree is a doubly linked list in pre-order. Depth is not stored: <see cref="IsParent"/> decides it from the two capabilities
/// and their flags. Invariants: <c>a.Next == b</c> exactly if <c>b.Previous == a</c>; the descendants of a slot follow it without a gap; an empty slot
/// is in no list.
/// </remarks>
internal static unsafe class DerivationTree
{
    /// <summary>Tells whether <paramref name="descendant"/>, which comes later in the list, was derived from <paramref name="ancestor"/>.</summary>
    public static bool IsParent(Slot* ancestor, Slot* descendant)
    {
        if (!ancestor->IsRevocable || !ancestor->Cap.CoversRegionOf(descendant->Cap))
            return false;
        if (ancestor->Cap.Type is not (CapType.Endpoint or CapType.Notification))
            return true;
        ulong badge = ancestor->Cap.Badge;
        return badge == 0 || (badge == descendant->Cap.Badge && !descendant->IsFirstBadged);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool HasChildren(Slot* slot)
    {
        Slot* next = slot->Next;
        if (next == null)
            return false;

        // What a retype asks: what begins in untyped memory, and comes next in the list, is inside as a whole.
        if (slot->Cap.Type == CapType.Untyped)
            return (ulong)next->Cap.Address - (ulong)slot->Cap.Address < 1UL << slot->Cap.ShiftOfIndex;
        return IsParent(slot, next);
    }

    /// <summary>Tells whether no other capability names this one's object. Such ones would be its neighbours.</summary>
    public static bool IsFinal(Slot* slot) =>
        (slot->Previous == null || !slot->Previous->Cap.IsSameObjectAs(slot->Cap))
        && (slot->Next == null || !slot->Cap.IsSameObjectAs(slot->Next->Cap));

    /// <summary>Puts a capability without ancestors into an empty slot.</summary>
    public static void InsertRoot(in Capability capability, Slot* slot) => *slot = new Slot(capability);

    /// <summary>Puts a new object's first capability into an empty slot, as a child of the untyped it was made from.</summary>
    public static void InsertOriginal(in Capability capability, Slot* untyped, Slot* slot) => InsertAfter(capability, untyped, slot, original: true);

    /// <summary>Puts the capability to reply to a caller into an empty slot, as the child of the caller's master.</summary>
    public static void InsertReply(in Capability reply, Slot* master, Slot* slot) => InsertAfter(reply, master, slot, original: false);

    /// <summary>Puts a capability derived from <paramref name="source"/> into an empty slot.</summary>
    /// <remarks>It can have children of its own if it is untyped memory, or the first one with its badge.</remarks>
    public static void InsertDerived(in Capability capability, Slot* source, Slot* slot)
    {
        bool original = capability.Type switch
        {
            CapType.Untyped => true,
            CapType.Endpoint or CapType.Notification => capability.Badge != source->Cap.Badge,
            _ => false,
        };
        // Two capabilities to the same untyped must never hand out the same memory: the source counts as full until the copy is gone.
        if (capability.Type == CapType.Untyped && source->Cap.Type == CapType.Untyped && capability.Word0 == source->Cap.Word0)
            source->Cap.Watermark = 1UL << source->Cap.Bits;
        InsertAfter(capability, source, slot, original);
    }

    /// <summary>Moves a capability, changed to <paramref name="capability"/>, into an empty slot; it keeps its place.</summary>
    public static void Move(KernelState* kernel, in Capability capability, Slot* source, Slot* destination)
    {
        destination->Cap = capability;
        destination->TakePlaceOf(*source);
        Relink(kernel, destination);
        *source = default;
    }

    /// <summary>Exchanges two slots, changing their capabilities to those given; each keeps its place.</summary>
    public static void Swap(KernelState* kernel, Capability capability1, Slot* slot1, Capability capability2, Slot* slot2)
    {
        Slot old1 = *slot1;
        slot1->Cap = capability2;
        slot1->TakePlaceOf(*slot2);
        slot2->Cap = capability1;
        slot2->TakePlaceOf(old1);

        // Neighbours of each other point at themselves after the exchange; the second's link follows from the first's.
        if (slot1->Previous == slot1)
            slot1->Previous = slot2;
        if (slot1->Next == slot1)
            slot1->Next = slot2;
        Relink(kernel, slot1);
        Relink(kernel, slot2);
    }

    /// <summary>Empties a slot. The children of what was in it become its parent's.</summary>
    /// <remarks>The oldest copy of a badged original inherits its flag, so it never becomes the child of a later original with that badge.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Remove(Slot* slot)
    {
        Slot* previous = slot->Previous;
        if (previous != null)
            previous->TakeNextOf(*slot);
        if (slot->HasNext)
        {
            Slot* next = slot->Next;
            next->Previous = previous;
            if (slot->IsFirstBadged)
                next->SetFirstBadged();
        }

        *slot = default;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InsertAfter(in Capability capability, Slot* ancestor, Slot* slot, bool original)
    {
        *slot = new Slot(capability, ancestor, original);
        ancestor->Next = slot;
        if (slot->HasNext)
            slot->Next->Previous = slot;
    }

    /// <summary>Makes the neighbours, and the senders registered through it, point at a slot that took another's place.</summary>
    private static void Relink(KernelState* kernel, Slot* slot)
    {
        if (slot->Previous != null)
            slot->Previous->Next = slot;
        if (slot->Next != null)
            slot->Next->Previous = slot;
        if (slot->FirstSender != 0)
            SenderLinks.At(kernel->Shared, slot->FirstSender)->SlotNumber = SenderLinks.NumberOf(kernel->Shared, slot);
    }
}
