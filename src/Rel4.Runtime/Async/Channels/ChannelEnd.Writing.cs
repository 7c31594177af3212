using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Rel4.Abi;

namespace Rel4.Runtime.Channels;

/// <content>Writing. A write that finds no room makes the channel hot, so that whoever polls it learns of room.</content>
internal sealed unsafe partial class ChannelEnd
{
    private const int LengthSize = sizeof(ulong);

    /// <summary>Writes a message of at most <see cref="MaxRecordBytes"/>.</summary>
    public WriteOutcome TryWrite(RecordKind kind, uint id, ushort label, ReadOnlySpan<byte> payload)
    {
        WriteOutcome outcome = TryReserve(payload.Length, out Span<byte> room);
        if (outcome == WriteOutcome.Done)
        {
            payload.CopyTo(room);
            Commit(kind, id, label, payload.Length);
        }

        return outcome;
    }

    /// <summary>Finds room for a message of at most <see cref="MaxRecordBytes"/>, to be written in place.</summary>
    /// <param name="length">The bytes of payload.</param>
    /// <param name="payload">Where to write; what it held before may be there still.</param>
    /// <remarks>Nothing is taken until <see cref="Commit(RecordKind, uint, ushort, int)"/>; who doesn't commit has nothing to undo.</remarks>
    public WriteOutcome TryReserve(int length, out Span<byte> payload)
    {
        if ((uint)length > (uint)MaxRecordBytes)
        {
            Misuse.ThrowOutOfRange(nameof(length), length);
        }

        byte* line = State == ChannelState.Open ? _writer.Reserve(RecordHeader.LinesFor(length)) : null;
        if (line == null && (line = ReserveSlowly(RecordHeader.LinesFor(length))) == null)
        {
            payload = default;
            return State == ChannelState.Open ? WriteOutcome.Full : WriteOutcome.Closed;
        }

        _roomWanted = 0;
        payload = new Span<byte>(line + RecordHeader.Size, length);
        return WriteOutcome.Done;
    }

    /// <summary>Makes what was written in place a record, which the peer sees; one that sleeps is woken by the next flush.</summary>
    /// <param name="kind">What the record is for.</param>
    /// <param name="id">The call's id, of a call or a reply.</param>
    /// <param name="label">The label.</param>
    /// <param name="length">The bytes of payload, at most what was reserved.</param>
    public void Commit(RecordKind kind, uint id, ushort label, int length) => Commit(new RecordHeader(kind, RecordPart.Whole, id, label, length));

    /// <summary>Writes the next fragment of a message, of any length the peer takes.</summary>
    /// <param name="transfer">What has been written so far; the same until the outcome is <c>Done</c>, <c>TooLong</c> or <c>Closed</c>.</param>
    /// <param name="message">The whole message, the same each time.</param>
    /// <returns><c>More</c> after each fragment but the last.</returns>
    public WriteOutcome TryContinue(ref MessageTransfer transfer, ReadOnlySpan<byte> message)
    {
        if (!transfer.IsUnderWay)
        {
            if (message.Length <= MaxRecordBytes)
                return TryWrite(transfer.Kind, transfer.Id, transfer.Label, message);
            if ((ulong)message.Length > _peerMaxMessageBytes)
                return WriteOutcome.TooLong;
            if (_hasTransfer)
                return State == ChannelState.Open ? WriteOutcome.Busy : WriteOutcome.Closed;
        }

        int prefix = transfer.IsUnderWay ? 0 : LengthSize;
        int rest = message.Length - transfer.Written + prefix;
        byte* line = ReserveFragment(rest, out uint lines);
        if (line == null)
            return State == ChannelState.Open ? WriteOutcome.Full : WriteOutcome.Closed;

        _roomWanted = 0;
        int length = Math.Min(rest, RecordHeader.PayloadOf(lines));
        var payload = new Span<byte>(line + RecordHeader.Size, length);
        if (prefix != 0)
            Begin(ref transfer, payload, message.Length);
        int written = length - prefix;
        message.Slice(transfer.Written, written).CopyTo(payload[prefix..]);
        transfer.Written += written;

        bool isLast = transfer.Written == message.Length;
        RecordPart part = prefix != 0 ? RecordPart.First : isLast ? RecordPart.Last : RecordPart.Middle;
        Commit(new RecordHeader(transfer.Kind, part, transfer.Id, transfer.Label, length));
        if (isLast)
            End(ref transfer);
        return isLast ? WriteOutcome.Done : WriteOutcome.More;
    }

    /// <summary>Gives up a message of which a part has been written; the peer forgets it.</summary>
    /// <returns><c>Done</c>, <c>Full</c> or <c>Closed</c>.</returns>
    public WriteOutcome TryAbandon(ref MessageTransfer transfer)
    {
        if (!transfer.IsUnderWay)
            return WriteOutcome.Done;
        WriteOutcome outcome = TryReserve(0, out _);
        if (outcome == WriteOutcome.Done)
        {
            Commit(new RecordHeader(transfer.Kind, RecordPart.Last, transfer.Id, transfer.Label, 0));
            End(ref transfer);
        }

        return outcome;
    }

    private void Begin(ref MessageTransfer transfer, Span<byte> payload, int length)
    {
        // Calls and replies have the call's id. Others get one that is none of theirs that are under way.
        if (transfer.Kind == RecordKind.Send)
            transfer.Id = _lastTransferId = (_lastTransferId + 1) & RecordHeader.MaxId;
        transfer.IsUnderWay = true;
        _hasTransfer = true;
        BinaryPrimitives.WriteUInt64LittleEndian(payload, (ulong)length);
    }

    private void End(ref MessageTransfer transfer)
    {
        transfer.IsUnderWay = false;
        _hasTransfer = false;
    }

    /// <summary>Finds room for a fragment that fills what there is, rather than pad or wait, if that is not too little.</summary>
    private byte* ReserveFragment(int rest, out uint lines)
    {
        uint most = _writer.MaxRecordLines;
        lines = rest > RecordHeader.PayloadOf(most) ? most : RecordHeader.LinesFor(rest);
        if (_writer.FreeLines < lines && !TakeConsumer())
            return null;
        uint available = Math.Min(_writer.LinesToEnd, _writer.FreeLines);
        if (available >= most / 4)
            lines = Math.Min(available, lines);
        byte* line = State == ChannelState.Open ? _writer.Reserve(lines) : null;
        return line != null ? line : ReserveSlowly(lines);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Commit(RecordHeader header)
    {
        _writer.Commit(header, header.Lines);
        _own->Counters.RecordsWritten++;
        _owed |= Owed.RecordLook;
    }

    /// <summary>Looks how far the peer has read, then tries again.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private byte* ReserveSlowly(uint lines)
    {
        if (!TakeConsumer())
            return null;
        byte* line = _writer.Reserve(lines);
        if (line == null)
        {
            _roomWanted = _writer.Needed(lines);
            _own->Counters.RefusedForRoom++;
            if (Heat == ChannelHeat.Cold)
                GoHot(_processor);
        }

        return line;
    }

    /// <summary>Looks how far the peer has read.</summary>
    /// <returns>False if the channel is closed.</returns>
    private bool TakeConsumer()
    {
        if (State != ChannelState.Open || TakeClosing())
            return false;
        if (!_writer.TryTakeConsumer(out Fault fault))
            Violate(fault);
        return State == ChannelState.Open;
    }
}
