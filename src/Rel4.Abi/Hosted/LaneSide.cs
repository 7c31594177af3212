using System.Runtime.InteropServices;

namespace Rel4.Abi;

/// <summary>Lays out what one thread of a lane writes, and the other reads.</summary>
/// <remarks>
/// <code>
/// offset  bytes  field
///      0      4  number     of the last call made, or replied to; a futex on which the other sleeps
///      4      4  sleeping   1 while the writer may sleep on the other's number
///      8      8  info       description of the message, without capabilities
///     16    960  words      of the message
/// </code>
/// number: the writer writes the message, then the number (release), FENCE, and wakes the other if that is sleeping. The other, before it sleeps, sets its
/// own sleeping, FENCE, and looks once more.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct LaneSide
{
    /// <summary>Number of the last call made, or replied to.</summary>
    public uint Number;

    /// <summary>1 while the writer may be asleep.</summary>
    public uint Sleeping;

    /// <summary>The message info.</summary>
    public ulong Info;

    /// <summary>The message words.</summary>
    public fixed ulong Words[Limits.MessageWords];
}
