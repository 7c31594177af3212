using System.Runtime.CompilerServices;
using Rel4.Abi;

namespace Rel4.Runtime.Channels;

/// <summary>Reads records in place from the ring of the peer's frame, which the peer may write at any time.</summary>
/// <remarks>
/// One thread uses it. Whatever is read from the peer's frame is read once, into a local, and checked there: the peer can't change it between check
/// and use. Positions count lines since the start and never wrap. Invariants:
/// <list type="number">
/// <item>consumed ≤ freed ≤ read ≤ consumed + lines.</item>
/// <item>next is the line read mod lines, and no record that is handed out goes past the end of the ring.</item>
/// <item>freed is the first record that is held in the ring, or read if none is.</item>
/// <item>What is freed and not told to the peer (freed − consumed) is less than a quarter of the ring. A peer that finds no room needs at
/// most half of the ring, so it waits only while more than a quarter is unread or held. While all is read and it may wait, <see cref="HoldsBack"/>.</item>
/// <item>tells from = consumed + a quarter of the ring: as long as less is read, nobody waits for room.</item>
/// <item>run = the lines up to the end of the ring, or those that the peer may have written, if that is less.</item>
/// </list>
/// </remarks>
internal unsafe struct RingReader
{
    private readonly ChannelFrame* _own;
    private readonly ChannelFrame* _peer;
    private readonly byte* _ring;
    private readonly byte* _end;
    private readonly uint _lines;
    private readonly uint _maxRecordLines;
    private readonly HeldMessages _held = new();
    private byte* _next;
    private uint _run;
    private ulong _tellsFrom;
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
        _end = _ring + ((nuint)lines * ChannelFrame.LineSize);
        _next = _ring;
        _run = lines;
        _tellsFrom = lines / 4;
    }

    /// <summary>Gets whether there is a record to read. One line is looked at, which has to be read anyway.</summary>
    /// <remarks>What the header says is checked by <see cref="Take"/>, which reads it anew.</remarks>
    public readonly bool HasRecord =>
        // pairs with the write in the peer's RingWriter.Commit: orders the header before the payload, and before the word behind the record.
        Volatile.Read(ref *(ulong*)_next) != 0;

    /// <summary>Gets whether the peer should be told of the room that was freed.</summary>
    public readonly bool HasRoomToTell
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _read >= _tellsFrom && Freed >= _tellsFrom;
    }

    /// <summary>Gets whether the peer may wait for room that held messages take, or that it was not told of.</summary>
    public readonly bool HoldsBack
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _read >= _tellsFrom && _read - _consumed > _lines / 2 && !_held.IsEmpty;
    }

    /// <summary>Gets whether the oldest held message alone keeps half of the ring from the peer.</summary>
    public readonly bool HoldsHalf => !_held.IsEmpty && _read - _held.First.Position > _lines / 2;

    /// <summary>Gets whether there is room that the peer was not told of.</summary>
    public readonly bool HasUntold => Freed != _consumed;

    /// <summary>Gets how many lines were read.</summary>
    public readonly ulong LinesRead => _read;

    /// <summary>Gets the messages that were read and not released.</summary>
    public readonly HeldMessages Held => _held;

    private readonly ulong Freed => _held.IsEmpty ? _read : _held.First.Position;

    /// <summary>Reads the header of the next record, if there is one; it is not checked.</summary>
    /// <param name="line">The record's first byte.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly RecordHeader Look(out byte* line)
    {
        line = _next;
        // pairs with the write in the peer's RingWriter.Commit, as in HasRecord.
        return new RecordHeader(Volatile.Read(ref *(ulong*)line));
    }

    /// <summary>Tells whether a record that is no pad lies inside of what the peer may write; <see cref="Take"/> says what is wrong otherwise.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Fits(RecordHeader header) => header.Lines <= _run && header.Lines <= _maxRecordLines;

    /// <summary>Passes the next record, which <see cref="Fits"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Pass(uint lines)
    {
        _read += lines;
        _run -= lines;
        byte* next = _next + ((nuint)lines * ChannelFrame.LineSize);
        _next = next;
        if (next == _end)
            Wrap();
    }

    /// <summary>Reads the header of the next record, and passes it.</summary>
    /// <param name="line">The record's first byte.</param>
    /// <param name="fault">What is wrong with the record.</param>
    /// <returns>The header, checked: the payload lies inside the ring, in the part that the peer may write. The kind is <c>None</c> if there is a fault.</returns>
    /// <remarks>The caller knows that <see cref="HasRecord"/>.</remarks>
    public RecordHeader Take(out byte* line, out Fault fault)
    {
        RecordHeader header = Look(out line);
        uint lines = header.Kind == RecordKind.Pad ? LinesToEnd : header.Lines;
        uint limit = Math.Min(_run, _maxRecordLines);
        if (lines > limit || !header.IsWellFormed)
        {
            fault = Explain(header, lines, limit);
            return default;
        }

        fault = default;
        Pass(lines);
        return header;
    }

    /// <summary>Keeps the record that was taken last from being written over.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
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
        _next = At(_read);
        MeasureRun();
    }

    /// <summary>Tells the peer what it may write over.</summary>
    public void PublishConsumer()
    {
        _consumed = Freed;
        _tellsFrom = _consumed + (_lines / 4);
        // pairs with the read in the peer's RingWriter.TryTakeConsumer: orders our reading of records before its writing over them.
        Volatile.Write(ref _own->Consumer, _consumed);
        MeasureRun();
    }

    /// <summary>Checks the invariants, for tests.</summary>
    public readonly void AssertInvariants()
    {
        Invariant.Require(_consumed <= Freed && Freed <= _read && _read - _consumed <= _lines, nameof(RingReader), 1);
        Invariant.Require(_next == At(_read), nameof(RingReader), 2);
        Invariant.Require(_held.IsEmpty || _held.First.Position < _read, nameof(RingReader), 3);
        Invariant.Require(_tellsFrom == _consumed + (_lines / 4), nameof(RingReader), 5);
        Invariant.Require(_run == Run, nameof(RingReader), 6);
        _held.AssertInvariants();
    }

    private readonly uint LinesToEnd => (uint)((nuint)(_end - _next) / ChannelFrame.LineSize);

    private readonly uint Run => (uint)Math.Min(_consumed + _lines - _read, LinesToEnd);

    private readonly byte* At(ulong position) => _ring + ((nuint)(position % _lines) * ChannelFrame.LineSize);

    private void Wrap()
    {
        _next = _ring;
        MeasureRun();
    }

    private void MeasureRun() => _run = Run;

    private readonly Fault Explain(RecordHeader header, uint lines, uint limit)
    {
        ulong offset = (ulong)(_next - (byte*)_peer);
        return header.IsWellFormed
            ? new Fault(ChannelField.RecordLength, offset, lines, limit)
            : new Fault(ChannelField.RecordKind, offset, header.Raw, (ulong)RecordKind.Failure);
    }
}
