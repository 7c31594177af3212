using System.Runtime.InteropServices;

namespace Rel4.Abi;

/// <summary>Lays out what the kernel and a receiver of U-notifications share on the Hosted machine. Senders never see it.</summary>
/// <remarks>
/// <code>
/// offset  bytes  writer    field
///      0      4  receiver  mapped: 1 once the receiver's process has mapped its status page
///    128      8  both      posted: pending bits that the kernel posted; or-ed in, and exchanged for 0, atomically
///    256      4  kernel    closed: 1 once the registration has ended
///    260      4  kernel    senders closed: how many senders of the receiver's process posts of which reach nobody any more, modulo 2^32
///   4096   8192  both      seen: for each slot, tag:32 | count:32, highest bits first
/// </code>
/// A slot is a sender's place at this receiver. Its post is pending while the counter in its <see cref="SenderOutbox"/> differs from the count
/// here. Whoever moves the count on by compare-and-swap, the thread or the kernel on its behalf, has taken the post: so each is taken once.
/// The kernel writes a new tag when it gives the slot to another sender, and when it takes it back; what a tag does not fit belongs to a sender
/// that is gone. All words may hold anything: a receiver that scribbles here confuses itself.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = Size)]
public unsafe struct ReceiverInbox
{
    /// <summary>Size in bytes.</summary>
    public const int Size = 4096 + (Slots * sizeof(ulong));

    /// <summary>Senders that one receiver can have.</summary>
    public const int Slots = 1024;

    /// <summary>1 once the receiver's process has mapped its <see cref="ReceiverStatus"/>, so that it can be sealed and given to senders.</summary>
    [FieldOffset(0)]
    public uint Mapped;

    /// <summary>Pending bits that the kernel posted.</summary>
    [FieldOffset(128)]
    public ulong Posted;

    /// <summary>1 once the registration has ended.</summary>
    [FieldOffset(256)]
    public uint Closed;

    /// <summary>Grows after the kernel has closed a <see cref="SenderOutbox"/> of the receiver's process. A parked receiver is rung for it.</summary>
    [FieldOffset(260)]
    public uint SendersClosed;

    /// <summary>For each slot, up to where its posts were taken.</summary>
    [FieldOffset(4096)]
    public fixed ulong Seen[Slots];

    /// <summary>Packs a word of <see cref="Seen"/>.</summary>
    public static ulong Pack(uint tag, uint count) => ((ulong)tag << 32) | count;

    /// <summary>Gets which sender a word of <see cref="Seen"/> is about.</summary>
    public static uint Tag(ulong seen) => (uint)(seen >> 32);
}
