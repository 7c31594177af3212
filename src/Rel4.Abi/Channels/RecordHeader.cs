namespace Rel4.Abi;

/// <summary>Describes a record in a channel's ring: <c>id:24 | label:16 | part:3 | kind:3 | length:18</c>, highest bits first.</summary>
/// <remarks>
/// A record is this word, then <em>length</em> bytes of payload, padded to whole lines of 64 bytes: up to 56 bytes fit in one. Records do not
/// wrap; a pad record takes what is left at the end of the ring, whatever its length says.
/// <code>
/// 63          40 39        24 23  21 20  18 17           0
/// +-------------+------------+------+------+--------------+
/// |     id      |   label    | part | kind |    length    |
/// +-------------+------------+------+------+--------------+
/// </code>
/// The word 0 is no valid record. A writer clears the word behind a record before it writes the record's own, so a record is there as soon as
/// its header is.
/// <para>
/// A long message lies in memory that its writer lends, and its record says where (<see cref="LentPlace"/>). If there is no room for it, it goes as fragments with the same id, label and kind: one first, any number of middle ones, one last. The payload of the
/// first begins with the length of the whole message (8 bytes). Whole records may stand between, fragments of another message may not. A last
/// fragment without payload abandons the message. A reader that has no memory for a message now leaves its first fragment, and all behind it, in the
/// ring.
/// </para>
/// </remarks>
/// <param name="raw">The word as it stands in the ring.</param>
public readonly struct RecordHeader(ulong raw)
{
    /// <summary>Bytes of the header.</summary>
    public const int Size = 8;

    /// <summary>The most lines a record takes, also in a longer ring.</summary>
    public const uint MaxLines = 4096;

    /// <summary>The greatest id.</summary>
    public const uint MaxId = (1 << 24) - 1;

    private const int LengthBits = 18;
    private const int KindShift = LengthBits;
    private const int PartShift = 21;
    private const int LabelShift = 24;
    private const int IdShift = 40;
    private const ulong LengthMask = (1 << LengthBits) - 1;
    private const ulong PartMask = 7UL << PartShift;

    /// <summary>A bit for each pair of part and kind that exists: every kind whole, a reply returned, the others of <c>Send</c>, <c>Call</c> and <c>Reply</c>.</summary>
    private const ulong ValidPairs = 0x101C_1C1C_1C3E;

    /// <summary>Packs the five fields; each must fit its width.</summary>
    public RecordHeader(RecordKind kind, RecordPart part, uint id, ushort label, int length)
        : this(((ulong)id << IdShift) | ((ulong)label << LabelShift) | ((ulong)part << PartShift) | ((ulong)kind << KindShift) | (uint)length)
    {
    }

    /// <summary>Gets the word as it stands in the ring.</summary>
    public ulong Raw => raw;

    /// <summary>Gets the bytes of payload.</summary>
    public int Length => (int)(raw & LengthMask);

    /// <summary>Gets what the record is for.</summary>
    public RecordKind Kind => (RecordKind)((raw >> KindShift) & 7);

    /// <summary>Gets which part of a message the record carries.</summary>
    public RecordPart Part => (RecordPart)((raw >> PartShift) & 7);

    /// <summary>Gets the sender's label, for the receiver's code.</summary>
    public ushort Label => (ushort)(raw >> LabelShift);

    /// <summary>Gets the id: of the call, or of a fragmented message that is no call.</summary>
    public uint Id => (uint)(raw >> IdShift);

    /// <summary>Gets the lines that the record takes, unless it is a pad.</summary>
    public uint Lines => LinesFor(Length);

    /// <summary>Gets whether kind and part are a pair that exists.</summary>
    public bool IsWellFormed => ((ValidPairs >> (int)((raw >> KindShift) & 63)) & 1) != 0;

    /// <summary>Gets whether this is the whole of a call, or of a message that wants no reply.</summary>
    public bool IsWholeRequest => PartAndKind - (uint)RecordKind.Send <= RecordKind.Call - RecordKind.Send;

    /// <summary>Gets whether this is the whole of a reply.</summary>
    public bool IsWholeReply => PartAndKind == (uint)RecordKind.Reply;

    /// <summary>Gets what all fragments of a message have in common: id, label and kind.</summary>
    public ulong Key => raw & ~(LengthMask | PartMask);

    private uint PartAndKind => (uint)(raw >> KindShift) & 63;

    /// <summary>Gets the lines that a record with so many bytes of payload takes.</summary>
    public static uint LinesFor(int length) => ((uint)length + Size + ChannelFrame.LineSize - 1) / ChannelFrame.LineSize;

    /// <summary>Gets the most payload that fits so many lines.</summary>
    public static int PayloadOf(uint lines) => (int)(lines * ChannelFrame.LineSize) - Size;
}
