using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Tells where a frame or paging structure is mapped; word 1 of its capability.</summary>
/// <remarks>
/// A hint: the entry may be gone, with a structure above it, or the ASID may be another space's by now. So it is acted on only where the entry leads to
/// this very object (<see cref="PageTables.FindMapped"/>). At worst that entry was made for another capability to the same frame, at the same address
/// under the same ASID, and whoever deletes or unmaps the older one takes it away: access is lost then, never given.
/// <code>asid:12 in the low bits, which the page-aligned address leaves free; 0 if it is mapped nowhere, since no ASID is 0</code>
/// </remarks>
internal readonly struct Mapping
{
    private const ulong AsidMask = 0xFFF;

    public Mapping(ulong raw) => Raw = raw;

    public Mapping(uint asid, ulong address) => Raw = address | asid;

    public ulong Raw { get; }

    public bool IsNone => Raw == 0;

    public uint Asid => (uint)(Raw & AsidMask);

    public ulong Address => Raw & ~AsidMask;

    public static Mapping Of(in Capability capability) => new(capability.Word1);
}
