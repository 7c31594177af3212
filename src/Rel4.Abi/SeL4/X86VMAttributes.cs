namespace Rel4.Abi;

/// <summary>Says how mapped memory is cached (<c>seL4_X86_VMAttributes</c>, <c>libsel4/arch_include/x86/sel4/arch/types.h</c>).</summary>
public enum X86VMAttributes : ulong
{
    /// <summary>Cached; the default.</summary>
    WriteBack = 0,

    /// <summary>Cached for reading; writes go to memory.</summary>
    WriteThrough = 1,

    /// <summary>Not cached, unless the processor's range registers say otherwise.</summary>
    CacheDisabled = 2,

    /// <summary>Not cached.</summary>
    Uncacheable = 3,

    /// <summary>Not cached; writes are gathered.</summary>
    WriteCombining = 4,

    /// <summary>
    /// Bit that goes with any of the others: instructions can't be fetched from there. libsel4 has no such attribute. A page that can be written has it in
    /// any case.
    /// </summary>
    ExecuteNever = 0x10,
}
