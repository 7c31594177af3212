using System.Runtime.CompilerServices;
using Rel4.Abi;

namespace Rel4.Runtime.Channels;

/// <content>Reading.</content>
internal sealed unsafe partial class ChannelEnd
{
    private ulong _readUntil = ulong.MaxValue;
    private uint _borrowed;

    /// <summary>Gets whether what was allowed to be read is not used up.</summary>
    public bool MayRead => _reader.LinesRead < _readUntil;

    /// <summary>Gets how many lines of the ring were read.</summary>
    public ulong LinesRead => _reader.LinesRead;

    /// <summary>Gets whether the next record is of a long message for which the peer's share has no room: it is left in the ring.</summary>
    public bool WaitsForMemory { get; private set; }

    /// <summary>Gets whether messages that are held, though all is read, may keep the peer from writing.</summary>
    public bool HoldsBack => _reader.HoldsBack;

    /// <summary>Gets how many messages were moved out of the ring because the peer wanted their places.</summary>
    public long MessagesMovedOut { get; private set; }

    /// <summary>Allows so many lines to be read, or one record more, whatever they hold: pads and fragments are work as messages are.</summary>
    public void AllowLines(uint lines)
    {
        _readUntil = _reader.LinesRead + lines;
        WaitsForMemory = false;
    }

    /// <summary>Reads the next message, which stays in place until <see cref="Release(ChannelMessage)"/>.</summary>
    /// <returns>False if there is none, or the channel is closed.</returns>
    public bool TryRead(out ChannelMessage message) => TryRead(out message, out _);

    /// <summary>Reads the next message, if it is a whole request, as most of a client's records are; everything else is for <see cref="TryRead(out ChannelMessage, out CallWaiter)"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryReadRequest(out ChannelMessage message)
    {
        RecordHeader header;
        byte* line;
        message = null!;
        if (State != ChannelState.Open || !(header = _reader.Look(out line)).IsWholeRequest || !_reader.Fits(header))
            return false;
        _reader.Pass(header.Lines);
        message = Hold(header, line);
        return true;
    }

    /// <summary>Reads the next message, if it is a whole reply that somebody waits for, as most of a server's records are; everything else is for <see cref="TryRead(out ChannelMessage, out CallWaiter)"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryReadReply(out ChannelMessage message, out CallWaiter waiter)
    {
        RecordHeader header;
        byte* line;
        waiter = default;
        message = null!;
        if (State != ChannelState.Open || !(header = _reader.Look(out line)).IsWholeReply || !_reader.Fits(header) || !Calls.TryComplete(header.Id, out waiter))
            return false;
        _reader.Pass(header.Lines);
        message = Hold(header, line);
        return true;
    }

    /// <summary>Reads the next message, which stays in place until <see cref="Release(ChannelMessage)"/>.</summary>
    /// <param name="message">The message; null if there is none.</param>
    /// <param name="waiter">Who waits for this reply; nobody if it is no reply.</param>
    /// <returns>False if there is none, the channel is closed, or what was allowed is used up.</returns>
    public bool TryRead(out ChannelMessage message, out CallWaiter waiter)
    {
        waiter = default;
        while (HasRecord)
        {
            RecordHeader header = _reader.Take(out byte* line, out Fault fault);
            if (header.Part == RecordPart.Whole
                && (header.Kind is RecordKind.Send or RecordKind.Call || (header.Kind == RecordKind.Reply && Calls.TryComplete(header.Id, out waiter))))
            {
                message = Hold(header, line);
                return true;
            }

            if (TryReadSpecial(header, line, fault, out message, out waiter))
                return true;
            if (WaitsForMemory || !MayRead)
                return false;
        }

        message = null!;
        return false;
    }

    /// <summary>Gets the first of the messages that were read and not released, and of the objects of those that were: see <see cref="ChannelMessage.Older"/>.</summary>
    public ChannelMessage? NewestHeld => _reader.Held.Newest;

    /// <summary>Gives back the place of a message that was read. Each is released once; the order doesn't matter.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Release(ChannelMessage message)
    {
        if (message.State != MessageState.InRing)
        {
            ReleaseApart(message);
            return;
        }

        _reader.Held.ReleaseInRing(message);
        TellRoomIfWorthIt();
    }

    private void ReleaseApart(ChannelMessage message)
    {
        switch (message.State)
        {
            case MessageState.Apart:
                _buffers.Return(message.Buffer, message.Length, Share);
                _reader.Held.ReleaseApart(message);
                Share.GiveBack(message.Length);
                break;
            case MessageState.Lent:
                GiveBack(message.Place);
                _reader.Held.ReleaseApart(message);
                break;
            case MessageState.Own:
                _lending.Return(message.Place);
                _reader.Held.ReleaseApart(message);
                break;
            case MessageState.Returned:
                _reader.Held.ReleaseApart(message);
                break;
            default:
                Misuse.Throw("This message has been released before.");
                break;
        }
    }

    /// <summary>Gives the peer room, where messages that are kept take it: they are moved out of the ring, from the oldest on.</summary>
    /// <returns>False if the peer's share has no room for them.</returns>
    public bool TryMoveOut()
    {
        bool hasMemory = true;
        while (_reader.HoldsHalf && (hasMemory = Share.TryTake(_reader.Held.First.Length)))
        {
            ChannelMessage kept = _reader.Held.First;
            if (hasMemory = NativeBuffer.TryAllocate(kept.Length, out NativeBuffer buffer))
            {
                MoveFirstTo(buffer);
                continue;
            }

            Share.GiveBack(kept.Length);
            break;
        }

        if (_reader.HasUntold)
            TellRoom();
        return hasMemory;
    }

    private void MoveFirstTo(NativeBuffer buffer)
    {
        _reader.Held.First.MoveTo(buffer);
        _reader.Held.TakeFirstApart();
        MessagesMovedOut++;
    }

    /// <summary>Gets whether there is a record to read.</summary>
    private bool HasRecord => (State is ChannelState.Open or ChannelState.ClosedByPeer) && _reader.HasRecord;

    /// <summary>Takes fragments, pads and failures, and what is none of all these.</summary>
    /// <returns>Whether there is a message to hand out.</returns>
    private bool TryReadSpecial(RecordHeader header, byte* line, Fault fault, out ChannelMessage message, out CallWaiter waiter)
    {
        message = null!;
        waiter = default;
        if (fault.IsAny)
        {
            Violate(fault);
            return false;
        }

        if (header.Kind == RecordKind.Pad)
        {
            TellRoomIfWorthIt();
            return false;
        }

        bool isReply = header.Kind is RecordKind.Reply or RecordKind.Failure;
        bool isWhole = header.Part == RecordPart.Whole;
        if (isReply && !(isWhole ? Calls.TryComplete(header.Id, out waiter) : Calls.IsOutstanding(header.Id)))
        {
            ViolateByReply(header, line);
            return false;
        }

        if (!isWhole)
        {
            bool isRead = header.Part switch
            {
                RecordPart.Lent => TryBorrow(header, line, out message),
                RecordPart.Returned => TryTakeBack(header, line, out message),
                _ => TryReadFragment(header, line, out message),
            };
            return isRead && (!isReply || Calls.TryComplete(header.Id, out waiter));
        }

        message = Hold(header, line);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ChannelMessage Hold(RecordHeader header, byte* line)
    {
        _counters->RecordsRead++;
        return _reader.Hold(header, line);
    }

    /// <summary>Takes a fragment.</summary>
    /// <returns>Whether that was the last of its message.</returns>
    private bool TryReadFragment(RecordHeader header, byte* line, out ChannelMessage message)
    {
        message = null!;
        NativeBuffer buffer = default;
        int length = 0;
        bool isRefused = false;
        Fault fault = header.Part == RecordPart.First
            ? _reassembly.Begin(header, line + RecordHeader.Size, Share, out isRefused)
            : _reassembly.Add(header, line + RecordHeader.Size, Share, out buffer, out length);
        if (fault.IsAny)
        {
            Violate(At(line, fault));
            return false;
        }

        WaitsForMemory = isRefused;
        if (isRefused)
        {
            _reader.PutBack(header.Lines);
            return false;
        }

        _own->Counters.RecordsRead++;
        TellRoomIfWorthIt();
        if (buffer.Capacity == 0)
            return false;
        message = _reader.Held.AddApart();
        message.Show(header, buffer, length);
        return true;
    }

    /// <summary>Takes a message that lies in memory that the peer lends.</summary>
    private bool TryBorrow(RecordHeader header, byte* line, out ChannelMessage message)
    {
        message = null!;
        // Once: the peer may be writing.
        var place = new LentPlace(Volatile.Read(ref *(ulong*)(line + RecordHeader.Size)));
        Fault fault = Check(header, place, out uint mask);
        if (fault.IsAny)
        {
            Violate(At(line, fault));
            return false;
        }

        // It takes nothing of the share: only where the channel ends while it is kept, and that is no more than one frame holds.
        _borrowed |= mask;
        _own->Counters.RecordsRead++;
        message = _reader.Held.AddApart();
        message.Show(header, (byte*)_peer + ((nuint)place.Unit * ChannelFrame.UnitSize), place, MessageState.Lent);
        TellRoomIfWorthIt();
        return true;
    }

    /// <summary>Takes a message of this side's own, which the peer returns as its reply. The peer can't change it.</summary>
    private bool TryTakeBack(RecordHeader header, byte* line, out ChannelMessage message)
    {
        message = null!;
        // Once: the peer may be writing.
        var place = new LentPlace(Volatile.Read(ref *(ulong*)(line + RecordHeader.Size)));
        if (header.Length != LentPlace.Size || !_lending.TryTakeBack(place))
        {
            Violate(At(line, new Fault(ChannelField.LentPlace, 0, place.Raw, _own->EndUnit)));
            return false;
        }

        _own->Counters.RecordsRead++;
        message = _reader.Held.AddApart();
        message.Show(header, _lending.At(place.Unit), place, MessageState.Own);
        TellRoomIfWorthIt();
        return true;
    }

    /// <summary>Checks that a lent message lies inside what the peer lends, and where no other lies that was not given back.</summary>
    private Fault Check(RecordHeader header, LentPlace place, out uint mask)
    {
        mask = 0;
        if (header.Length != LentPlace.Size || place.Length == 0 || place.Unit < _said.FirstUnit || place.Unit + place.Units > _said.EndUnit)
            return new Fault(ChannelField.LentPlace, 0, place.Raw, _said.EndUnit);
        if ((ulong)place.Length > MaxMessageBytes)
            return new Fault(ChannelField.MessageLength, 0, (ulong)place.Length, MaxMessageBytes);
        mask = LendingPool.MaskOf(place);
        return (_borrowed & mask) == 0 ? default : new Fault(ChannelField.LentPlace, 0, place.Raw, _said.EndUnit);
    }

    private void GiveBack(LentPlace place)
    {
        _borrowed &= ~LendingPool.MaskOf(place);
        // pairs with the read in the peer's LendingPool.Collect: orders our reading of the message before its writing over it.
        Volatile.Write(ref (&_own->Returned)[place.Unit], place.Loan);
    }

    /// <summary>Moves messages that lie behind the rings to memory of this process: the frames are about to go.</summary>
    private void MoveLentOut()
    {
        for (ChannelMessage? message = _reader.Held.Newest; message is not null; message = message.Older)
        {
            if (message.State is not (MessageState.Lent or MessageState.Own))
                continue;
            Share.Take(message.Length);
            message.MoveTo(NativeBuffer.Allocate(message.Length));
            message.State = MessageState.Apart;
            MessagesMovedOut++;
        }
    }

    /// <summary>Closes the channel for a reply to nothing.</summary>
    private void ViolateByReply(RecordHeader header, byte* line) =>
        Violate(At(line, new Fault(ChannelField.CallId, 0, header.Id, (ulong)Calls.Count)));

    private Fault At(byte* line, Fault fault) => fault with { Offset = (ulong)(line - (byte*)_peer) };

    private void TellRoomIfWorthIt()
    {
        if (_reader.HasRoomToTell)
            TellRoom();
    }

    private void TellRoom()
    {
        if (State != ChannelState.Open)
            return;
        _reader.PublishConsumer();
        _owed |= Owed.RoomLook;
    }
}
