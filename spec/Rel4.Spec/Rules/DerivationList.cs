using Rel4.Abi;

namespace Rel4.Spec.Rules;

/// <summary>
/// The rules of the derivation list, which stands for the capability derivation tree (manual, "Capability Derivation Tree").
/// </summary>
public static class DerivationList
{
    /// <summary>Tells whether the second of two slots, somewhere behind the first in the list, descends from it.</summary>
    public static bool IsParentOf(this SpecState s, SlotId ancestor, SlotId descendant)
    {
        Slot a = s.Slots[ancestor], b = s.Slots[descendant];
        if (!a.Revocable || !SameRegion(a.Cap, b.Cap))
            return false;
        return (a.Cap, b.Cap) switch
        {
            (EndpointCap x, EndpointCap y) => IsParentBadge(x.Badge, y.Badge, b.FirstBadged),
            (NotificationCap x, NotificationCap y) => IsParentBadge(x.Badge, y.Badge, b.FirstBadged),
            _ => true,
        };
    }

    /// <summary>Tells whether anything descends from a slot. Its first descendant would be its successor.</summary>
    public static bool HasChildren(this SpecState s, SlotId slot) => s.FirstChild(slot) is not null;

    /// <summary>Finds the first descendant of a full slot.</summary>
    public static SlotId? FirstChild(this SpecState s, SlotId slot)
    {
        int next = s.Derivation.IndexOf(slot) + 1;
        return next < s.Derivation.Count && s.IsParentOf(slot, s.Derivation[next]) ? s.Derivation[next] : null;
    }

    /// <summary>Tells whether a slot holds the last capability to its object, whose end is then the object's end.</summary>
    /// <remarks>A zombie is always the last.</remarks>
    public static bool IsFinal(this SpecState s, SlotId slot)
    {
        Capability cap = s.Slots[slot].Cap;
        return !s.Slots.Any(other => other.Key != slot && SameObject(cap, other.Value.Cap));
    }

    /// <summary>Puts a capability made from another into an empty slot, directly behind that other in the list.</summary>
    /// <remarks>
    /// A copy of untyped memory gets all of it: the source counts as used up for as long as the copy, its child, exists. So the
    /// two can never give out the same memory.
    /// </remarks>
    public static SpecState Insert(this SpecState s, Capability cap, SlotId source, SlotId target)
    {
        bool revocable = IsNewOriginal(s.Slots[source].Cap, cap);
        if (s.Slots[source].Cap is UntypedCap untyped && cap is UntypedCap)
            s = s.PutCap(source, untyped with { Watermark = 1UL << untyped.SizeBits });
        return s.InsertBehind(source, target, new Slot(cap, revocable, revocable));
    }

    /// <summary>
    /// Puts the first capability to an object into an empty slot: a child of the untyped memory that the object was made of.
    /// </summary>
    public static SpecState InsertOriginal(this SpecState s, Capability cap, SlotId untyped, SlotId target) =>
        s.InsertBehind(untyped, target, new Slot(cap, Revocable: true, FirstBadged: true));

    /// <summary>Puts a capability that descends from nothing into an empty slot.</summary>
    public static SpecState InsertRoot(this SpecState s, Capability cap, SlotId target) => s with
    {
        Slots = s.Slots.Add(target, new Slot(cap, Revocable: true, FirstBadged: true)),
        Derivation = s.Derivation.Add(target),
    };

    /// <summary>Moves a capability to an empty slot. Its place in the list goes along, and so do the senders registered with it.</summary>
    public static SpecState Move(this SpecState s, SlotId source, SlotId target, Capability cap) => s with
    {
        Slots = s.Slots.Remove(source).Add(target, s.Slots[source] with { Cap = cap }),
        Derivation = s.Derivation.SetItem(s.Derivation.IndexOf(source), target),
        Senders = s.Senders.ConvertAll(sender => sender.Slot == source ? sender with { Slot = target } : sender),
    };

    /// <summary>Swaps what two slots hold, places in the list included. One may be empty.</summary>
    public static SpecState Swap(this SpecState s, SlotId one, SlotId other)
    {
        SlotId aside = new(ulong.MaxValue, 0);
        s = s.MoveIfFull(one, aside);
        s = s.MoveIfFull(other, one);
        return s.MoveIfFull(aside, other);
    }

    /// <summary>Empties a full slot without any effect on the object.</summary>
    /// <remarks>
    /// Its children become its parent's; senders registered with it end. Its successor inherits the mark of a first badge: copies of a lost
    /// original are not children of a later one with the same badge.
    /// </remarks>
    public static SpecState Empty(this SpecState s, SlotId slot)
    {
        s = s.EndSenders(sender => sender.Slot == slot);
        int place = s.Derivation.IndexOf(slot);
        if (s.Slots[slot].FirstBadged && place + 1 < s.Derivation.Count)
        {
            SlotId next = s.Derivation[place + 1];
            s = s with { Slots = s.Slots.SetItem(next, s.Slots[next] with { FirstBadged = true }) };
        }
        return s with
        {
            Slots = s.Slots.Remove(slot),
            Derivation = s.Derivation.RemoveAt(place),
        };
    }

    /// <summary>Tells whether two capabilities are to one object. Untyped memory is none, and a reply capability owns none.</summary>
    public static bool SameObject(Capability one, Capability other) => (one, other) switch
    {
        (EndpointCap a, EndpointCap b) => a.Address == b.Address,
        (NotificationCap a, NotificationCap b) => a.Address == b.Address,
        (CNodeCap a, CNodeCap b) => a.Address == b.Address,
        (TcbCap a, TcbCap b) => a.Address == b.Address,
        (FrameCap a, FrameCap b) => a.Address == b.Address,
        (VSpaceCap a, VSpaceCap b) => a.Address == b.Address,
        _ => false,
    };

    /// <summary>Tells whether what the second capability is about lies within what the first is about.</summary>
    private static bool SameRegion(Capability first, Capability second) => (first, second) switch
    {
        (UntypedCap untyped, _) => Extent(second) is var (address, bytes)
            && address >= untyped.Address && address + bytes <= untyped.Address + (1UL << untyped.SizeBits),
        (ReplyCap a, ReplyCap b) => a.Thread == b.Thread,
        _ => SameObject(first, second),
    };

    /// <summary>Gives the memory of what a capability is about; a reply capability has none of its own.</summary>
    private static (ulong Address, ulong Bytes)? Extent(Capability cap) => cap switch
    {
        UntypedCap c => (c.Address, 1UL << c.SizeBits),
        EndpointCap c => (c.Address, 1UL << Limits.EndpointBits),
        NotificationCap c => (c.Address, 1UL << Limits.NotificationBits),
        CNodeCap c => (c.Address, 1UL << (c.Radix + Limits.SlotBits)),
        TcbCap c => (c.Address, 1UL << Limits.TcbBits),
        FrameCap c => (c.Address, 1UL << c.SizeBits),
        VSpaceCap c => (c.Address, 1UL << Limits.VSpaceBits),
        ZombieCap { IsTcb: true } c => (c.Address, 1UL << Limits.TcbBits),
        ZombieCap c => (c.Address, (ulong)c.Slots << Limits.SlotBits),
        _ => null,
    };

    /// <summary>Tells whether a copy is an original of its own: untyped memory is, and so is what gets its badge with the copy.</summary>
    private static bool IsNewOriginal(Capability source, Capability copy) => (source, copy) switch
    {
        (UntypedCap, UntypedCap) => true,
        (EndpointCap a, EndpointCap b) => a.Badge != b.Badge,
        (NotificationCap a, NotificationCap b) => a.Badge != b.Badge,
        _ => false,
    };

    /// <summary>Tells whether badges allow parenthood: the unbadged original is parent of all, a badged original of its copies.</summary>
    private static bool IsParentBadge(ulong ancestor, ulong descendant, bool descendantIsFirst) =>
        ancestor == 0 || (ancestor == descendant && !descendantIsFirst);

    private static SpecState InsertBehind(this SpecState s, SlotId predecessor, SlotId target, Slot slot) => s with
    {
        Slots = s.Slots.Add(target, slot),
        Derivation = s.Derivation.Insert(s.Derivation.IndexOf(predecessor) + 1, target),
    };

    private static SpecState MoveIfFull(this SpecState s, SlotId source, SlotId target) =>
        s.Cap(source) is { } cap ? s.Move(source, target, cap) : s;
}
