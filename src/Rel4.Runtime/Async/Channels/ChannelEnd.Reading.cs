using System.Runtime.CompilerServices;
using Rel4.Abi;

namespace Rel4.Runtime.Channels;

/// <content>Reading.</content>
internal sealed unsafe partial class ChannelEnd
{
    /// <summary>Reads the next message, which stays in place until <see cref="Release(MessagePlace)"/>.</summary>
    /// <returns>False if there is none, or the channel is closed.</returns>
    public bool TryRead(out ChannelMessage message)
    {
        while (_reader.HasSeenRecords || SeesMore())
        {
            RecordHeader header = _reader.Take(out byte* line, out Fault fault);
            if (header.Kind > RecordKind.Call || header.Part != RecordPart.Whole || header.Kind <= RecordKind.Pad)
            {
                if (TryReadSpecial(header, line, fault, out message))
                    return true;
                continue;
            }

            _own->Counters.RecordsRead++;
            _reader.Hold(line, header.Lines);
            message = new ChannelMessage(header, line + RecordHeader.Size, header.Length, default, default);
            return true;
        }

        message = default;
        return false;
    }

    /// <summary>Gives back the place of a message that was read. Each is released once; the order doesn't matter.</summary>
    public void Release(in ChannelMessage message) => Release(message.Place);

    /// <summary>Gives back a place.</summary>
    public void Release(MessagePlace place)
    {
        if (place.IsReassembled)
        {
            _reassembly.Return(place.Buffer);
            return;
        }

        if (!_reader.TryRelease(place.Line))
            RefuseRelease();
        if (_reader.HasRoomToTell)
            TellRoom();
    }

    private static void RefuseRelease() => throw new InvalidOperationException("This message has been released before.");

    /// <summary>Looks for records that were not there before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool SeesMore()
    {
        if (State is ChannelState.Closed or ChannelState.Violated)
            return false;
        if (!_reader.TryTakeProducer(out Fault fault))
            Violate(fault);
        return _reader.HasSeenRecords && State != ChannelState.Violated;
    }

    /// <summary>Takes replies, fragments and pads, and what is none of all these.</summary>
    /// <returns>Whether there is a message to hand out.</returns>
    private bool TryReadSpecial(RecordHeader header, byte* line, Fault fault, out ChannelMessage message)
    {
        message = default;
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

        _own->Counters.RecordsRead++;
        CallWaiter waiter = default;
        bool isReply = header.Kind is RecordKind.Reply or RecordKind.Failure;
        bool isWhole = header.Part == RecordPart.Whole;
        if (isReply && !(isWhole ? Calls.TryComplete(header.Id, out waiter) : Calls.IsOutstanding(header.Id)))
        {
            Violate(At(line, new Fault(ChannelField.CallId, 0, header.Id, (ulong)Calls.Count)));
            return false;
        }

        if (isWhole)
        {
            _reader.Hold(line, header.Lines);
            message = new ChannelMessage(header, line + RecordHeader.Size, header.Length, default, waiter);
            return true;
        }

        fault = _reassembly.Add(header, line + RecordHeader.Size, out NativeBuffer buffer, out int length);
        if (fault.IsAny)
        {
            Violate(At(line, fault));
            return false;
        }

        TellRoomIfWorthIt();
        if (buffer.Capacity == 0)
            return false;
        if (isReply)
            Calls.TryComplete(header.Id, out waiter);
        message = new ChannelMessage(header, buffer.Bytes, length, buffer, waiter);
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
