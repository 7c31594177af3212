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

    // What things are made of meanwhile; 0 for all that the kernel left.
    private static ulong _block;
    private static ulong _nextOfBlock;
    private static ulong _endOfBlock;

    /// <summary>Takes over what the kernel left.</summary>
    public static void Open(BootInfo* information)
    {
        _information = information;
        _nextSlot = information->Empty.Start;
        _untyped = information->Untyped.Start;
    }

    /// <summary>Makes everything of one block of memory, in slots of its own, until <see cref="EndBlock"/>: a revoke takes it all back.</summary>
    public static void BeginBlock(ulong untyped, ulong firstSlot, ulong endSlot)
    {
        _block = untyped;
        _nextOfBlock = firstSlot;
        _endOfBlock = endSlot;
    }

    /// <summary>Makes everything of what the kernel left again.</summary>
    public static void EndBlock() => _block = 0;

    /// <summary>Gives so many slots in a row, which are empty.</summary>
    public static ulong TakeSlots(ulong count)
    {
        ulong first = TakeSlot();
        for (ulong i = 1; i < count; i++)
            TakeSlot();
        return first;
    }

    /// <summary>Gives a slot that is empty.</summary>
    public static ulong TakeSlot()
    {
        if (_block != 0)
        {
            if (_nextOfBlock == _endOfBlock)
                Terminal.Panic("no slots of a block are left"u8);
            return _nextOfBlock++;
        }

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
        if (_block != 0)
        {
            Terminal.Require(TryMake(_block, type, sizeBits, slot), "retype of a block"u8);
            return slot;
        }

        // What is too small for one object has room for smaller ones still.
        bool isSmall = type is not ObjectType.Untyped and not ObjectType.LargePage;
        var descriptions = (UntypedDescription*)(_information + 1);
        for (ulong untyped = _untyped; untyped < _information->Untyped.End; untyped++)
        {
            if (descriptions[untyped - _information->Untyped.Start].IsDevice != 0)
                continue;
            SeL4Error error = TryMake(untyped, type, sizeBits, slot);
            if (isSmall)
                _untyped = untyped;
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
