using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Makes kernel objects out of the untyped memory that the kernel left, in slots of the root CNode that nobody used before.</summary>
internal static unsafe class Objects
{
    private static BootInfo* _information;
    private static ulong _nextSlot;

    // Untyped memory before this slot is used up.
    private static ulong _untyped;

    /// <summary>Takes over what the kernel left.</summary>
    public static void Open(BootInfo* information)
    {
        _information = information;
        _nextSlot = information->Empty.Start;
        _untyped = information->Untyped.Start;
    }

    /// <summary>Gives a slot that is empty.</summary>
    public static ulong TakeSlot()
    {
        if (_nextSlot == _information->Empty.End)
            Terminal.Panic("no slots are left"u8);
        return _nextSlot++;
    }

    /// <summary>Makes an object.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="sizeBits">Its size, where the type leaves it open (see <see cref="ObjectType"/>).</param>
    /// <returns>The slot of its capability.</returns>
    public static ulong Make(ObjectType type, ulong sizeBits = 0)
    {
        ulong slot = TakeSlot();
        var descriptions = (UntypedDescription*)(_information + 1);
        for (; _untyped < _information->Untyped.End; _untyped++)
        {
            if (descriptions[_untyped - _information->Untyped.Start].IsDevice != 0)
                continue;
            SeL4Error error = TryMake(_untyped, type, sizeBits, slot);
            if (error == SeL4Error.NoError)
                return slot;
            if (error != SeL4Error.NotEnoughMemory)
                Terminal.Panic("retype"u8, error);
        }

        Terminal.Panic("no memory is left"u8);
        return 0;
    }

    /// <summary>Makes objects in given slots, from given memory.</summary>
    public static SeL4Error TryMake(ulong untyped, ObjectType type, ulong sizeBits, ulong slot, ulong count = 1) =>
        SeL4.Untyped_Retype(untyped, type, sizeBits, RootSlot.CNode, 0, 0, slot, count);

    /// <summary>Copies a capability into a new slot.</summary>
    public static ulong Copy(ulong source, CapRights rights = CapRights.All)
    {
        ulong slot = TakeSlot();
        Terminal.Require(
            SeL4.CNode_Copy(RootSlot.CNode, slot, Limits.WordBits, RootSlot.CNode, source, Limits.WordBits, rights), "copy"u8);
        return slot;
    }

    /// <summary>Copies a capability to an endpoint or notification into a new slot, with a badge.</summary>
    public static ulong Mint(ulong source, ulong badge)
    {
        ulong slot = TakeSlot();
        Terminal.Require(TryMint(source, slot, badge), "mint"u8);
        return slot;
    }

    /// <summary>Copies a capability to an endpoint or notification into a given slot, with a badge.</summary>
    public static SeL4Error TryMint(ulong source, ulong slot, ulong badge) =>
        SeL4.CNode_Mint(RootSlot.CNode, slot, Limits.WordBits, RootSlot.CNode, source, Limits.WordBits, CapRights.All, badge);

    /// <summary>Destroys all that was made of a capability; it stays.</summary>
    public static SeL4Error Revoke(ulong slot) => SeL4.CNode_Revoke(RootSlot.CNode, slot, Limits.WordBits);

    /// <summary>Deletes a capability.</summary>
    public static SeL4Error Delete(ulong slot) => SeL4.CNode_Delete(RootSlot.CNode, slot, Limits.WordBits);
}
