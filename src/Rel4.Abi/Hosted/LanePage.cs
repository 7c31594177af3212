using System.Runtime.InteropServices;

namespace Rel4.Abi;

/// <summary>Lays out the page over which a client's and a server's thread on the Hosted machine hand calls over without the kernel.</summary>
/// <remarks>
/// <code>
/// offset  bytes  writer   field
///      0   1024  client   calls
///   2048   1024  server   replies
/// </code>
/// Both processes can write all of it, so nothing is decided by it: whose a call is says <see cref="TrapPage.Lane"/>, which the peer can't reach.
/// Each side takes what it reads here once, and a length for no more than there is room. The kernel does not map it. The protocol is
/// <c>spec/protocols/lane.pml</c>.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = Size)]
public struct LanePage
{
    /// <summary>Size in bytes.</summary>
    public const int Size = 1 << Limits.PageBits;

    /// <summary>What the client writes.</summary>
    [FieldOffset(0)]
    public LaneSide Calls;

    /// <summary>What the server writes.</summary>
    [FieldOffset(2048)]
    public LaneSide Replies;
}
