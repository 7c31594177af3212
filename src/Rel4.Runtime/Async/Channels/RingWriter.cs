using System.Runtime.CompilerServices;
using Rel4.Abi;

namespace Rel4.Runtime.Channels;

/// <summary>Writes records into the ring of one's own frame.</summary>
/// <remarks>
/// One thread uses it. Positions count lines since the start and never wrap. Invariants:
/// <list type="number">
/// <item>consumed ≤ written &lt; consumed + lines: nothing is written over that the peer may still read, and one line is free.</item>
/// <item>next is the line written mod lines, and a record never goes past the end of the ring.</item>
/// <item>The peer's consumer index never runs backwards nor past <em>written</em>, or the peer has broken the protocol.</item>
/// <item>The first word of the line behind the last record is 0, so that nothing there passes for a record.</item>
/// <item>run = the lines up to the end of the ring, or those that are free, if that is less.</item>
/// </list>
/// As a record takes at most a quarter of the ring, no reservation needs more than half of it, pad and free line included: an empty ring has always room.
/// </remarks>
internal unsafe struct RingWriter
{
    private readonly ChannelFrame* _peer;
    private readonly byte* _ring;
    private readonly byte* _end;
    private readonly uint _lines;
    private byte* _next;
    private uint _run;
    private ulong _written;
    private ulong _consumed;

    /// <summary>Starts with an empty ring.</summary>
    public RingWriter(ChannelFrame* own, ChannelFrame* peer, uint lines)
    {
        _peer = peer;
        _ring = (byte*)own + ChannelFrame.HeaderSize;
        _lines = lines;
        _end = _ring + ((nuint)lines * ChannelFrame.LineSize);
        _next = _ring;
        _run = lines - 1;
    }

    /// <summary>Gets the most lines a record takes in this ring.</summary>
    public readonly uint MaxRecordLines => MaxRecordLinesOf(_lines);

    /// <summary>Gets how many lines were written.</summary>
    public readonly ulong LinesWritten => _written;

    /// <summary>Gets the lines from here to the end of the ring.</summary>
    public readonly uint LinesToEnd => (uint)((nuint)(_end - _next) / ChannelFrame.LineSize);

    /// <summary>Gets the lines that may be written, as far as this side knows.</summary>
    public readonly uint FreeLines => _lines - 1 - (uint)(_written - _consumed);

    /// <summary>Gets the first byte of the next record.</summary>
    public readonly byte* Next => _next;

    /// <summary>Gets the most lines a record takes in a ring of so many lines.</summary>
    public static uint MaxRecordLinesOf(uint lines) => Math.Min(lines / 4, RecordHeader.MaxLines);

    /// <summary>Gets the lines that a record takes here, with the pad before it.</summary>
    public readonly uint Needed(uint lines) => lines <= LinesToEnd ? lines : lines + LinesToEnd;

    /// <summary>Tells whether so many lines are free at <see cref="Next"/>, as far as this side knows.</summary>
    public readonly bool HasRun(uint lines) => lines <= _run;

    /// <summary>Finds the place of a record of so many lines, at most <see cref="MaxRecordLines"/>.</summary>
    /// <returns>Its first byte, or null if there is no room as far as this side knows. But for a pad up to the end of the ring, nothing is taken until <see cref="Commit"/>.</returns>
    public byte* Reserve(uint lines)
    {
        if (HasRun(lines))
            return _next;
        if (Needed(lines) > FreeLines)
            return null;
        Commit(new RecordHeader(RecordKind.Pad, RecordPart.Whole, 0, 0, 0), LinesToEnd);
        return _next;
    }

    /// <summary>Writes the header of the record whose place was found last: the peer sees it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Commit(RecordHeader header, uint lines)
    {
        byte* line = _next;
        byte* next = line + ((nuint)lines * ChannelFrame.LineSize);
        _written += lines;
        _run -= lines;
        _next = next;
        if (next == _end)
            next = Wrap();
        *(ulong*)next = 0;
        // pairs with the read in the peer's RingReader.HasRecord: orders the payload, and the word behind the record, before the header.
        Volatile.Write(ref *(ulong*)line, header.Raw);
    }

    /// <summary>Looks how far the peer has read.</summary>
    /// <returns>False if the peer has broken the protocol.</returns>
    public bool TryTakeConsumer(out Fault fault)
    {
        // pairs with the write in the peer's RingReader.PublishConsumer: orders its reading of records before our writing over them.
        ulong consumed = Volatile.Read(ref _peer->Consumer);
        if (consumed - _consumed > _written - _consumed)
        {
            fault = new Fault(ChannelField.Consumer, ChannelFrame.ConsumerOffset, consumed, _written);
            return false;
        }

        fault = default;
        _consumed = consumed;
        MeasureRun();
        return true;
    }

    /// <summary>Checks the invariants, for tests.</summary>
    public readonly void AssertInvariants()
    {
        Invariant.Require(_consumed <= _written && _written - _consumed < _lines, nameof(RingWriter), 1);
        Invariant.Require(_next == _ring + (nuint)(_written % _lines * ChannelFrame.LineSize), nameof(RingWriter), 2);
        Invariant.Require(*(ulong*)Next == 0, nameof(RingWriter), 4);
        Invariant.Require(_run == Math.Min(LinesToEnd, FreeLines), nameof(RingWriter), 5);
    }

    private byte* Wrap()
    {
        _next = _ring;
        MeasureRun();
        return _next;
    }

    private void MeasureRun() => _run = Math.Min(LinesToEnd, FreeLines);
}
