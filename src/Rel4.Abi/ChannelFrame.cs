using System.Runtime.InteropServices;

namespace Rel4.Abi;

/// <summary>Lays out one side's frame of an asynchronous channel: what its owner tells the peer, and the ring of what it sends.</summary>
/// <remarks>
/// A channel is two of these. Each is written by its owner only; the peer maps it read-only and trusts nothing in it.
/// <code>
/// offset  bytes  field
///      0      8  magic
///      8      4  version
///     12      4  lines of the ring
///     16      8  bytes of the longest message in fragments that the owner takes
///     64     64  counts: what the owner has done so far (<see cref="ChannelCounters"/>), for those who look on
///    128      8  consumer: lines of the peer's ring that the owner is done with, since the start
///    256      8  status: parks:49 | processor:12 | attention:3, highest bits first
///    512     64  each: the lines of the ring, which hold records (<see cref="RecordHeader"/>)
/// </code>
/// The first 32 bytes are written once, before the peer is given the frame, and read once; the peer never looks at the counts. The two words
/// that it looks at are 128 bytes apart: processors fetch lines of 64 bytes in pairs.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = HeaderSize)]
public struct ChannelFrame
{
    /// <summary>Bytes before the ring.</summary>
    public const int HeaderSize = 512;

    /// <summary>Bytes of a line.</summary>
    public const int LineSize = 64;

    /// <summary>The fewest lines a ring may have.</summary>
    public const uint MinLines = 16;

    /// <summary>"reL4ring".</summary>
    public const ulong MagicValue = 0x676E_6972_344C_6572;

    /// <summary>The version described here.</summary>
    public const uint VersionValue = 3;

    /// <summary>Where <see cref="Magic"/> is.</summary>
    public const int MagicOffset = 0;

    /// <summary>Where <see cref="Version"/> is.</summary>
    public const int VersionOffset = 8;

    /// <summary>Where <see cref="Lines"/> is.</summary>
    public const int LinesOffset = 12;

    /// <summary>Where <see cref="MaxMessageBytes"/> is.</summary>
    public const int MaxMessageBytesOffset = 16;

    /// <summary>Where <see cref="Counters"/> is.</summary>
    public const int CountersOffset = 64;

    /// <summary>Where <see cref="Consumer"/> is.</summary>
    public const int ConsumerOffset = 128;

    /// <summary>Where <see cref="Status"/> is.</summary>
    public const int StatusOffset = 256;

    /// <summary><see cref="MagicValue"/>.</summary>
    [FieldOffset(MagicOffset)]
    public ulong Magic;

    /// <summary><see cref="VersionValue"/>.</summary>
    [FieldOffset(VersionOffset)]
    public uint Version;

    /// <summary>Lines of the ring, <see cref="MinLines"/> or more.</summary>
    [FieldOffset(LinesOffset)]
    public uint Lines;

    /// <summary>Bytes of the longest message in fragments that the owner takes.</summary>
    [FieldOffset(MaxMessageBytesOffset)]
    public ulong MaxMessageBytes;

    /// <summary>What the owner has done so far.</summary>
    [FieldOffset(CountersOffset)]
    public ChannelCounters Counters;

    /// <summary>Lines of the peer's ring that the owner is done with.</summary>
    [FieldOffset(ConsumerOffset)]
    public ulong Consumer;

    /// <summary>Whether the owner looks at the channel by itself: a <see cref="ChannelStatus"/>.</summary>
    [FieldOffset(StatusOffset)]
    public ulong Status;
}
