using System.Runtime.CompilerServices;
using Rel4.Abi;

namespace Rel4.Runtime.Channels;

/// <content>Reading.</content>
internal sealed unsafe partial class ChannelEnd
{
    private ulong _readUntil = ulong.MaxValue;

    /// <summary>Gets whether what was allowed to be read is not used up.</summary>
    public bool MayRead => _reader.LinesRead < _readUntil;

    /// <summary>Gets how many lines of the ring were read.</summary>
    public ulong LinesRead => _reader.LinesRead;

    /// <summary>Gets whether the next record is the beginning of a message for which the peer's share has no room: it is left in the ring.</summary>
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
                _own->Counters.RecordsRead++;
                message = _reader.Hold(header, line);
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
    public void Release(ChannelMessage message)
    {
        switch (message.State)
        {
            case MessageState.InRing:
                _reader.Held.Release(message);
                TellRoomIfWorthIt();
                break;
            case MessageState.Apart:
                _buffers.Return(message.Buffer, Share);
                _reader.Held.Release(message);
                Share.GiveBack(message.Length);
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
            Violate(At(line, new Fault(ChannelField.CallId, 0, header.Id, (ulong)Calls.Count)));
            return false;
        }

        if (!isWhole)
            return TryReadFragment(header, line, out message) && (!isReply || Calls.TryComplete(header.Id, out waiter));
        _own->Counters.RecordsRead++;
        message = _reader.Hold(header, line);
        return true;
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
