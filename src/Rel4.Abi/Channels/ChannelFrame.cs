using System.Runtime.InteropServices;

namespace Rel4.Abi;

/// <summary>Lays out one side's frame of an asynchronous channel: what its owner tells the peer, the ring of what it sends, and memory that it lends.</summary>
/// <remarks>
/// A channel is two of these. Each is written by its owner only; the peer maps it read-only and trusts nothing in it.
/// <code>
/// offset  bytes  field
///      0      8  magic
///      8      4  version
///     12      4  lines of the ring
///     16      8  bytes of the longest message in fragments that the owner takes
///     24      4  the first unit of memory that the owner lends
///     28      4  the unit behind the last; the same if it lends none
///     64     64  counts: what the owner has done so far (<see cref="ChannelCounters"/>), for those who look on
///    128      8  consumer: lines of the peer's ring that the owner is done with, since the start
///    256      8  status: parks:49 | processor:12 | attention:3, highest bits first
///    384      4  each of 32: which loan of the peer's unit 0, 1, … the owner has given back last (<see cref="LentPlace"/>)
///    512     64  each: the lines of the ring, which hold records (<see cref="RecordHeader"/>)
/// n × 64 KiB      unit n, behind the ring: where long messages are read
/// </code>
/// The first 32 bytes are written once, before the peer is given the frame, and read once; the peer never looks at the counts. The two words
/// that it looks at for every message are 128 bytes apart: processors fetch lines of 64 bytes in pairs.
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

    /// <summary>Bytes of a unit of memory that is lent.</summary>
    public const int UnitSize = 64 * 1024;

    /// <summary>The most units that a frame has.</summary>
    public const uint MaxUnits = 32;

    /// <summary>"reL4ring".</summary>
    public const ulong MagicValue = 0x676E_6972_344C_6572;

    /// <summary>The version described here.</summary>
    public const uint VersionValue = 4;

    /// <summary>Where <see cref="Magic"/> is.</summary>
    public const int MagicOffset = 0;

    /// <summary>Where <see cref="Version"/> is.</summary>
    public const int VersionOffset = 8;

    /// <summary>Where <see cref="Lines"/> is.</summary>
    public const int LinesOffset = 12;

    /// <summary>Where <see cref="MaxMessageBytes"/> is.</summary>
    public const int MaxMessageBytesOffset = 16;

    /// <summary>Where <see cref="FirstUnit"/> is.</summary>
    public const int FirstUnitOffset = 24;

    /// <summary>Where <see cref="EndUnit"/> is.</summary>
    public const int EndUnitOffset = 28;

    /// <summary>Where <see cref="Counters"/> is.</summary>
    public const int CountersOffset = 64;

    /// <summary>Where <see cref="Consumer"/> is.</summary>
    public const int ConsumerOffset = 128;

    /// <summary>Where <see cref="Status"/> is.</summary>
    public const int StatusOffset = 256;

    /// <summary>Where <see cref="Returned"/> is.</summary>
    public const int ReturnedOffset = 384;

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

    /// <summary>The first unit of memory that the owner lends, behind the ring.</summary>
    [FieldOffset(FirstUnitOffset)]
    public uint FirstUnit;

    /// <summary>The unit behind the last; <see cref="FirstUnit"/> if the owner lends none.</summary>
    [FieldOffset(EndUnitOffset)]
    public uint EndUnit;

    /// <summary>What the owner has done so far.</summary>
    [FieldOffset(CountersOffset)]
    public ChannelCounters Counters;

    /// <summary>Lines of the peer's ring that the owner is done with.</summary>
    [FieldOffset(ConsumerOffset)]
    public ulong Consumer;

    /// <summary>Whether the owner looks at the channel by itself: a <see cref="ChannelStatus"/>.</summary>
    [FieldOffset(StatusOffset)]
    public ulong Status;

    /// <summary>The first of <see cref="MaxUnits"/> words, one for each unit of the peer's: which loan that begins there the owner has given back last.</summary>
    [FieldOffset(ReturnedOffset)]
    public uint Returned;
}
