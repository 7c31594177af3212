using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Rel4.Abi;

namespace Rel4.Runtime.Channels;

/// <content>Writing. A write that finds no room makes the channel hot, so that whoever polls it learns of room.</content>
internal sealed unsafe partial class ChannelEnd
{
    private const int LengthSize = sizeof(ulong);

    /// <summary>The shortest message that is lent. Shorter ones are cheaper in the ring, which stays in the processor's own cache.</summary>
    private const int LeastLent = 32 * 1024;

    /// <summary>How much is copied at once: the C library copies more than half a MiB by instructions that wait for each line that the peer has read.</summary>
    private const int BytesPerCopy = 128 * 1024;

    private const uint NoUnit = uint.MaxValue;

    private uint _reservedUnit = NoUnit;

    /// <summary>Copies a message into a place that was reserved.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(ReadOnlySpan<byte> message, Span<byte> place)
    {
        if (message.Length <= BytesPerCopy)
            message.CopyTo(place);
        else
            CopyInPieces(message, place);
    }

    private static void CopyInPieces(ReadOnlySpan<byte> message, Span<byte> place)
    {
        for (; message.Length > BytesPerCopy; message = message[BytesPerCopy..], place = place[BytesPerCopy..])
            message[..BytesPerCopy].CopyTo(place);
        message.CopyTo(place);
    }

    /// <summary>Writes a message in one piece.</summary>
    public WriteOutcome TryWrite(RecordKind kind, uint id, ushort label, ReadOnlySpan<byte> payload)
    {
        WriteOutcome outcome = TryReserve(payload.Length, out Span<byte> room);
        if (outcome == WriteOutcome.Done)
        {
            Copy(payload, room);
            Commit(kind, id, label, payload.Length);
        }

        return outcome;
    }

    /// <summary>Finds room for a message in one piece, to be written in place: in the ring, or, if it is long, in memory that is lent to the peer.</summary>
    /// <param name="length">The bytes of payload.</param>
    /// <param name="payload">Where to write; what it held before may be there still.</param>
    /// <remarks>
    /// But for a pad up to the end of the ring, nothing is taken until <see cref="Commit(RecordKind, uint, ushort, int)"/>, which is of the place that was found
    /// last; who doesn't commit has nothing to undo.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public WriteOutcome TryReserve(int length, out Span<byte> payload)
    {
        // What is never lent, and has room where the last one ended, is most.
        if ((uint)length <= _mostNotLent && State == ChannelState.Open && _writer.HasRun(RecordHeader.LinesFor(length)))
        {
            _roomWanted = 0;
            payload = new Span<byte>(_writer.Next + RecordHeader.Size, length);
            return WriteOutcome.Done;
        }

        WriteOutcome outcome = TryReserveAnywhere(length, out byte* place);
        payload = outcome == WriteOutcome.Done ? new Span<byte>(place, length) : default;
        return outcome;
    }

    private WriteOutcome TryReserveAnywhere(int length, out byte* place)
    {
        place = null;
        bool isLent = length >= LeastLent && State == ChannelState.Open && TryFindUnits(length);
        if (!isLent && (uint)length > (uint)MaxRecordBytes)
            return WriteOutcome.InParts;
        uint lines = isLent ? 1 : RecordHeader.LinesFor(length);
        byte* line = State == ChannelState.Open ? _writer.Reserve(lines) : null;
        if (line == null && (line = ReserveSlowly(lines)) == null)
            return State == ChannelState.Open ? WriteOutcome.Full : WriteOutcome.Closed;

        _roomWanted = 0;
        place = isLent ? _lending.At(_reservedUnit) : line + RecordHeader.Size;
        return WriteOutcome.Done;
    }

    /// <summary>Makes what was written in place a record, which the peer sees; one that sleeps is woken by the next flush.</summary>
    /// <param name="kind">What the record is for.</param>
    /// <param name="id">The call's id, of a call or a reply.</param>
    /// <param name="label">The label.</param>
    /// <param name="length">The bytes of payload, as many as were reserved.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Commit(RecordKind kind, uint id, ushort label, int length)
    {
        if (length >= LeastLent && _reservedUnit != NoUnit)
            Commit(kind, RecordPart.Lent, id, label, _lending.Lend(_reservedUnit, length));
        else
            Commit(new RecordHeader(kind, RecordPart.Whole, id, label, length), RecordHeader.LinesFor(length));
    }

    /// <summary>Leases memory in which a message can be written over a longer time, and lent to the peer then.</summary>
    /// <returns>False if there is none, or the message is short enough for the ring.</returns>
    public bool TryLease(int length, out LentPlace lease)
    {
        lease = default;
        if (State != ChannelState.Open || length < LeastLent || !TryFindUnits(length))
            return false;
        lease = _lending.Lease(_reservedUnit, length);
        return true;
    }

    /// <summary>Gets the first byte of leased memory, mapped for as long as the lease lasts.</summary>
    public byte* At(LentPlace lease) => _lending.At(lease.Unit);

    /// <summary>Gives leased memory back.</summary>
    public void EndLease(LentPlace lease) => _lending.Return(lease);

    /// <summary>Writes a message of one byte or more that lies in leased memory. If that is done, the lease has ended.</summary>
    public WriteOutcome TryWrite(RecordKind kind, uint id, ushort label, LentPlace lease, int length)
    {
        WriteOutcome outcome = TryReserve(0, out _);
        if (outcome == WriteOutcome.Done)
        {
            _lending.Return(lease);
            Commit(kind, RecordPart.Lent, id, label, _lending.Lend(lease.Unit, length));
        }

        return outcome;
    }

    /// <summary>Replies to a call with the call's own payload, where that is lent: the peer gets back where it lies.</summary>
    public WriteOutcome TryReturn(ChannelMessage call, ushort label)
    {
        WriteOutcome outcome = TryReserve(0, out _);
        if (outcome == WriteOutcome.Done)
        {
            _borrowed &= ~LendingPool.MaskOf(call.Place);
            call.State = MessageState.Returned;
            Commit(RecordKind.Reply, RecordPart.Returned, call.Id, label, call.Place);
        }

        return outcome;
    }

    /// <summary>Writes the next fragment of a message, of any length the peer takes.</summary>
    /// <param name="transfer">What has been written so far; the same until the outcome is <c>Done</c>, <c>TooLong</c> or <c>Closed</c>.</param>
    /// <param name="message">The whole message, the same each time.</param>
    /// <returns><c>More</c> after each fragment but the last.</returns>
    public WriteOutcome TryContinue(ref MessageTransfer transfer, ReadOnlySpan<byte> message)
    {
        if (!transfer.IsUnderWay)
        {
            WriteOutcome outcome = TryWrite(transfer.Kind, transfer.Id, transfer.Label, message);
            if (outcome != WriteOutcome.InParts)
                return outcome;
            if ((ulong)message.Length > PeerMaxMessageBytes)
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
        Copy(message.Slice(transfer.Written, written), payload[prefix..]);
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

    /// <summary>Finds memory to lend for a message that the peer takes.</summary>
    private bool TryFindUnits(int length)
    {
        if ((ulong)length <= PeerMaxMessageBytes && _lending.TryFind(length, out _reservedUnit))
            return true;
        _reservedUnit = NoUnit;
        return false;
    }

    /// <summary>Writes the record of a message that lies elsewhere into the line that was reserved for it.</summary>
    private void Commit(RecordKind kind, RecordPart part, uint id, ushort label, LentPlace place)
    {
        *(ulong*)(_writer.Next + RecordHeader.Size) = place.Raw;
        Commit(new RecordHeader(kind, part, id, label, LentPlace.Size));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Commit(RecordHeader header) => Commit(header, header.Lines);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Commit(RecordHeader header, uint lines)
    {
        _writer.Commit(header, lines);
        _counters->RecordsWritten++;
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
