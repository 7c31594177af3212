using System.Runtime.InteropServices;

namespace Rel4.Abi;

/// <summary>Lays out the page through which one sender posts one vector to one receiver on the Hosted machine.</summary>
/// <remarks>
/// <code>
/// offset  bytes  writer  field
///      0      4  sender  counter: number of posts, modulo 2^32
///    128      4  kernel  closed: 1 once posts reach nobody
/// </code>
/// Every registration has a page of its own, which is never used again, so a sender that was taken back reaches nobody
/// (<c>spec/protocols/reclaim.pml</c>). Whatever sender or receiver write here concerns this sender's signal only.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = Size)]
public struct SenderOutbox
{
    /// <summary>Size in bytes.</summary>
    public const int Size = 4096;

    /// <summary>Number of posts.</summary>
    [FieldOffset(0)]
    public uint Counter;

    /// <summary>1 once posts reach nobody.</summary>
    [FieldOffset(128)]
    public uint Closed;
}
