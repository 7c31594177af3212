using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Performs the methods of frames (<c>seL4_X86_Page_*</c>).</summary>
internal static unsafe class FrameInvocations
{
    public static Result Invoke(in Invocation invocation) => invocation.Label switch
    {
        InvocationLabel.X86PageMap => Map(invocation),
        InvocationLabel.X86PageUnmap => Unmap(invocation),
        InvocationLabel.X86PageGetAddress => GetAddress(invocation),
        _ => Refusal.Of(SeL4Error.IllegalOperation),
    };

    /// <summary>Gets the level of the entry that maps a frame.</summary>
    public static int LevelOf(in Capability frame) => frame.Bits switch
    {
        Limits.PageBits => 1,
        Limits.LargePageBits => 2,
        _ => 3,
    };

    /// <summary>Makes the entry that maps a frame. What can be written is not executed, whatever the attributes say, unless the kernel was built to allow it.</summary>
    public static ulong Entry(in Capability frame, CapRights rights, X86VMAttributes attributes)
    {
        ulong entry = Physical.Of(frame.Address) | PageEntry.Present;

        // As in seL4, what can't be read can't be used: the page is the kernel's, which never looks there.
        if ((rights & CapRights.Read) != 0)
            entry |= PageEntry.User;
        if ((rights & CapRights.ReadWrite) == CapRights.ReadWrite)
        {
            entry |= PageEntry.Writable;
            if ((DebugCalls.Features & KernelFeatures.WritableCode) == 0)
                attributes |= X86VMAttributes.ExecuteNever;
        }

        if ((attributes & X86VMAttributes.ExecuteNever) != 0)
            entry |= PageEntry.NoExecute;
        bool isLarge = LevelOf(frame) != 1;
        if (isLarge)
            entry |= PageEntry.Large;
        if ((attributes & X86VMAttributes.WriteCombining) != 0)
            return entry | (isLarge ? PageEntry.LargeUpperAttributes : PageEntry.UpperAttributes);
        return entry | ((ulong)(attributes & X86VMAttributes.Uncacheable) << PageEntry.CachingShift);
    }

    private static Result Map(in Invocation invocation)
    {
        if (!invocation.Has(words: 3, caps: 1))
            return Refusal.Of(SeL4Error.TruncatedMessage);
        ulong address = invocation.Word(0);
        var rights = (CapRights)invocation.Word(1);
        var attributes = (X86VMAttributes)invocation.Word(2);
        ref readonly Capability space = ref invocation.Caps[0]->Cap;
        uint asid = AddressSpaces.AsidOf(space);
        if (asid == 0)
            return Refusal.InvalidCapability(1);
        ref Capability frame = ref invocation.Service->Cap;
        var mapping = Mapping.Of(frame);
        if (!mapping.IsNone && mapping.Asid != asid)
            return Refusal.InvalidCapability(1);
        if ((!mapping.IsNone && mapping.Address != address) || address >= PageTables.UserEnd
            || PageTables.UserEnd - address < 1UL << frame.Bits)
            return Refusal.InvalidArgument(0);
        if ((address & ((1UL << frame.Bits) - 1)) != 0)
            return Refusal.Of(SeL4Error.AlignmentError);
        int level = LevelOf(frame);
        ulong* entry = PageTables.Find(space.Root(), address, level, out int missing);
        if (entry == null)
            return TableInvocations.Missing(missing);
        if ((*entry & PageEntry.Present) != 0 && (mapping.IsNone || !PageTables.Leads(*entry, level, frame.Address)))
            return Refusal.Of(SeL4Error.DeleteFirst);

        ulong old = *entry;
        *entry = Entry(frame, frame.Rights & rights, attributes);
        frame.Word1 = new Mapping(asid, address).Raw;
        if (old != 0)
            AddressSpaces.Forget(space.Root(), address, level);
        return Outcome.Done;
    }

    private static Result Unmap(in Invocation invocation)
    {
        ref Capability frame = ref invocation.Service->Cap;
        PageTables.Unmap(Mapping.Of(frame), LevelOf(frame), frame.Address);
        frame.Word1 = 0;
        return Outcome.Done;
    }

    private static Result GetAddress(in Invocation invocation) =>
        invocation.Answer(Physical.Of(invocation.Service->Cap.Address));
}
