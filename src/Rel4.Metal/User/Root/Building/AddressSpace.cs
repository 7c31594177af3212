using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Maps frames into an address space and makes the tables that this needs.</summary>
internal readonly struct AddressSpace
{
    // What is left of an address where a table is missing (see SeL4.X86_Page_Map).
    private const ulong MissingPageTable = 21;
    private const ulong MissingPageDirectory = 30;
    private const ulong MissingPdpt = 39;

    private AddressSpace(ulong root) => Root = root;

    /// <summary>Gets the root task's own.</summary>
    public static AddressSpace Own => new(RootSlot.VSpace);

    /// <summary>Gets the slot of its root table.</summary>
    public ulong Root { get; }

    /// <summary>Makes an empty one.</summary>
    public static AddressSpace Make() => Make(RootSlot.AsidPool);

    /// <summary>Makes an empty one, whose ASID is of a pool.</summary>
    public static AddressSpace Make(ulong pool)
    {
        ulong root = Objects.Make(ObjectType.Pml4);
        Terminal.Require(SeL4.X86_ASIDPool_Assign(pool, root), "assigning an ASID"u8);
        return new(root);
    }

    /// <summary>Maps a frame of 4 KiB.</summary>
    public void Map(ulong frame, ulong address, CapRights rights, X86VMAttributes attributes = X86VMAttributes.WriteBack)
    {
        SeL4Error error;
        while ((error = SeL4.X86_Page_Map(frame, Root, address, rights, attributes)) == SeL4Error.FailedLookup)
            AddTable(InvocationFailure.Of(error).Lookup.BitsLeft, address);
        Terminal.Require(error, "mapping a frame"u8);
    }

    /// <summary>Maps a new frame of data, and returns its slot.</summary>
    public ulong MapNew(ulong address)
    {
        ulong frame = Objects.Make(ObjectType.Page4K);
        Map(frame, address, CapRights.ReadWrite, X86VMAttributes.ExecuteNever);
        return frame;
    }

    private void AddTable(ulong missing, ulong address)
    {
        SeL4Error error = missing switch
        {
            MissingPageTable => SeL4.X86_PageTable_Map(Objects.Make(ObjectType.PageTable), Root, address, X86VMAttributes.WriteBack),
            MissingPageDirectory => SeL4.X86_PageDirectory_Map(Objects.Make(ObjectType.PageDirectory), Root, address, X86VMAttributes.WriteBack),
            MissingPdpt => SeL4.X86_PDPT_Map(Objects.Make(ObjectType.Pdpt), Root, address, X86VMAttributes.WriteBack),
            _ => SeL4Error.FailedLookup,
        };
        Terminal.Require(error, "mapping a table"u8);
    }
}
