using Rel4.Abi;

namespace Rel4.Runtime.Channels;

/// <summary>Reads records in place from the ring of the peer's frame, which the peer may write at any time.</summary>
/// <remarks>
/// One thread uses it. Whatever is read from the peer's frame is read once, into a local, and checked there: the peer can't change it between check
/// and use. Positions count lines since the start and never wrap. Invariants:
/// <list type="number">
/// <item>consumed ≤ freed ≤ read ≤ consumed + lines.</item>
/// <item>offset = read mod lines, and no record that is handed out goes past the end of the ring.</item>
/// <item>freed is the first record that is held in the ring, or read if none is.</item>
/// <item>What is freed and not told to the peer (freed − consumed) is less than a quarter of the ring. A peer that finds no room needs at
/// most half of the ring, so it waits only while more than a quarter is unread or held. While all is read and it may wait, <see cref="HoldsBack"/>.</item>
/// </list>
/// </remarks>
internal unsafe struct RingReader
{
    private readonly ChannelFrame* _own;
    private readonly ChannelFrame* _peer;
    private readonly byte* _ring;
    private readonly uint _lines;
    private readonly uint _maxRecordLines;
    private readonly HeldMessages _held = new();
    private uint _offset;
    private ulong _read;
    private ulong _consumed;

    /// <summary>Starts with an empty ring; <paramref name="lines"/> has been checked against the frame's length.</summary>
    public RingReader(ChannelFrame* own, ChannelFrame* peer, uint lines)
    {
        _own = own;
        _peer = peer;
        _ring = (byte*)peer + ChannelFrame.HeaderSize;
        _lines = lines;
        _maxRecordLines = RingWriter.MaxRecordLinesOf(lines);
    }

    /// <summary>Gets whether there is a record to read. One line is looked at, which has to be read anyway.</summary>
    /// <remarks>What the header says is checked by <see cref="Take"/>, which reads it anew.</remarks>
    public readonly bool HasRecord =>
        // pairs with the write in the peer's RingWriter.Commit: orders the header before the payload, and before the word behind the record.
        Volatile.Read(ref *(ulong*)(_ring + ((nuint)_offset * ChannelFrame.LineSize))) != 0;

    /// <summary>Gets whether the peer should be told of the room that was freed.</summary>
    public readonly bool HasRoomToTell => Freed - _consumed >= _lines / 4;

    /// <summary>Gets whether the peer may wait for room that held messages take, or that it was not told of.</summary>
    public readonly bool HoldsBack => !_held.IsEmpty && _read - _consumed > _lines / 2;

    /// <summary>Gets whether the oldest held message alone keeps half of the ring from the peer.</summary>
    public readonly bool HoldsHalf => !_held.IsEmpty && _read - _held.First.Position > _lines / 2;

    /// <summary>Gets whether there is room that the peer was not told of.</summary>
    public readonly bool HasUntold => Freed != _consumed;

    /// <summary>Gets how many lines were read.</summary>
    public readonly ulong LinesRead => _read;

    /// <summary>Gets the messages that were read and not released.</summary>
    public readonly HeldMessages Held => _held;

    private readonly ulong Freed => _held.IsEmpty ? _read : _held.First.Position;

    /// <summary>Reads the header of the next record, and passes it.</summary>
    /// <param name="line">The record's first byte.</param>
    /// <param name="fault">What is wrong with the record.</param>
    /// <returns>The header, checked: the payload lies inside the ring, in the part that the peer may write. The kind is <c>None</c> if there is a fault.</returns>
    /// <remarks>The caller knows that <see cref="HasRecord"/>.</remarks>
    public RecordHeader Take(out byte* line, out Fault fault)
    {
        line = _ring + ((nuint)_offset * ChannelFrame.LineSize);
        var header = new RecordHeader(Volatile.Read(ref *(ulong*)line));
        uint toEnd = _lines - _offset;
        uint lines = header.Kind == RecordKind.Pad ? toEnd : header.Lines;
        uint limit = (uint)Math.Min(Math.Min(_consumed + _lines - _read, toEnd), _maxRecordLines);
        if (lines > limit || !header.IsWellFormed)
        {
            fault = Explain(header, lines, limit);
            return default;
        }

        fault = default;
        _read += lines;
        _offset = lines == toEnd ? 0 : _offset + lines;
        return header;
    }

    /// <summary>Keeps the record that was taken last from being written over.</summary>
    public readonly ChannelMessage Hold(RecordHeader header, byte* line)
    {
        ChannelMessage message = _held.Add(_read - header.Lines);
        message.Show(header, line + RecordHeader.Size);
        return message;
    }

    /// <summary>Leaves the record that was taken last, which was not held, for later.</summary>
    public void PutBack(uint lines)
    {
        _read -= lines;
        _offset = (uint)(_read % _lines);
    }

    /// <summary>Tells the peer what it may write over.</summary>
    public void PublishConsumer()
    {
        _consumed = Freed;
        // pairs with the read in the peer's RingWriter.TryTakeConsumer: orders our reading of records before its writing over them.
        Volatile.Write(ref _own->Consumer, _consumed);
    }

    /// <summary>Checks the invariants, for tests.</summary>
    public readonly void AssertInvariants()
    {
        Invariant.Require(_consumed <= Freed && Freed <= _read && _read - _consumed <= _lines, nameof(RingReader), 1);
        Invariant.Require(_offset == _read % _lines, nameof(RingReader), 2);
        Invariant.Require(_held.IsEmpty || _held.First.Position < _read, nameof(RingReader), 3);
        _held.AssertInvariants();
    }

    private readonly Fault Explain(RecordHeader header, uint lines, uint limit)
    {
        ulong offset = ChannelFrame.HeaderSize + ((ulong)_offset * ChannelFrame.LineSize);
        return header.IsWellFormed
            ? new Fault(ChannelField.RecordLength, offset, lines, limit)
            : new Fault(ChannelField.RecordKind, offset, header.Raw, (ulong)RecordKind.Failure);
    }
}
