using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Tests.Async;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>One end of a channel that is opened step by step and written by hand, so that every step and every word can be wrong.</summary>
internal sealed unsafe class HostileChannel : IDisposable
{
    /// <summary>The first unit of memory behind the ring.</summary>
    public const uint FirstUnit = 9;

    private const int Bits = 62;
    private static readonly Stack<ulong> s_freeSlots = [];
    private static readonly ulong[] s_doorbells = new ulong[Bits];
    private static ulong s_notification;
    private static int s_nextBit;

    private readonly OwnFrame _frame;
    private readonly nuint _length;
    private ulong _peerFrame;
    private nuint _peerLength;
    private InterruptSender? _sender;
    private ulong _written, _read;

    /// <summary>Makes a frame and formats it.</summary>
    public HostileChannel()
    {
        _frame = MachineUser.Machine.Threads.Objects.TakeFrame();
        Own = (ChannelFrame*)MachineUser.Machine.Map(_frame.Frame, CapRights.ReadWrite, out _length);
        FrameForPeer = TakeSlot();
        TaskContext.CNode.Copy(TaskContext.CNode[_frame.Frame.CPtr], FrameForPeer, CapRights.Read);
        *Own = new ChannelFrame
        {
            Magic = ChannelFrame.MagicValue,
            Version = ChannelFrame.VersionValue,
            Lines = Math.Min(8192, (uint)((_length - ChannelFrame.HeaderSize) / ChannelFrame.LineSize)),
            MaxMessageBytes = 1 << 20,
            FirstUnit = FirstUnit,
            EndUnit = ChannelFrame.MaxUnits,
            Status = new ChannelStatus(ChannelAttention.Attentive, 0, 0).Raw,
        };
    }

    /// <summary>Gets this side's frame.</summary>
    public ChannelFrame* Own { get; }

    /// <summary>Gets the peer's frame, once it has come.</summary>
    public ChannelFrame* Peer { get; private set; }

    /// <summary>Gets the capability of this side's frame to give to the peer.</summary>
    public ulong FrameForPeer { get; }

    /// <summary>Gets or sets what the server has given out for this channel.</summary>
    public ulong Ticket { get; set; }

    /// <summary>Gets the peer's doorbell, once it has come.</summary>
    public ulong PeerDoorbell { get; private set; }

    /// <summary>Gets whether the peer has closed the channel.</summary>
    public bool IsClosed => new ChannelStatus(Volatile.Read(ref Peer->Status)).Attention == ChannelAttention.Closed;

    /// <summary>Gets a capability of the caller's doorbell, with a bit of its own as far as there are.</summary>
    public static ulong Doorbell
    {
        get
        {
            if (s_notification == 0)
            {
                s_notification = MachineUser.Make(ObjectType.Notification);
                MachineUser.OpenReceiver(new NotificationCap(s_notification));
            }

            int bit = s_nextBit++ % Bits;
            if (s_doorbells[bit] == 0)
                s_doorbells[bit] = MachineUser.Mint(s_notification, CapRights.Write, 1UL << bit);
            return s_doorbells[bit];
        }
    }

    /// <summary>Opens a channel as a client, trying until the server has room for it.</summary>
    /// <param name="prepare">Writes what the server is to find in the frame.</param>
    public static HostileChannel Open(Action<HostileChannel>? prepare = null)
    {
        while (true)
        {
            var channel = new HostileChannel();
            prepare?.Invoke(channel);
            if (channel.Offer(channel.FrameForPeer) == ChannelRefusal.None && channel.Join(Doorbell) == ChannelRefusal.None)
                return channel;
            channel.Dispose();
            Thread.Sleep(1);
        }
    }

    /// <summary>Makes the first call of an opening.</summary>
    public ChannelRefusal Offer(ulong capability)
    {
        ulong frame = Exchange(ChannelOpening.Offer, ChannelFrame.VersionValue, capability, out ChannelRefusal refusal);
        if (frame != 0)
            TakePeerFrame(frame);
        return refusal;
    }

    /// <summary>Makes the second call of an opening.</summary>
    public ChannelRefusal Join(ulong capability)
    {
        ulong doorbell = Exchange(ChannelOpening.Join, Ticket, capability, out ChannelRefusal refusal);
        if (doorbell != 0)
            TakePeerDoorbell(doorbell);
        return refusal;
    }

    /// <summary>Maps the peer's frame.</summary>
    public void TakePeerFrame(ulong slot)
    {
        _peerFrame = slot;
        Peer = (ChannelFrame*)MachineUser.Machine.Map(new FrameCap(slot), CapRights.Read, out _peerLength);
    }

    /// <summary>Registers with the peer's doorbell.</summary>
    public void TakePeerDoorbell(ulong slot)
    {
        PeerDoorbell = slot;
        _sender = MachineUser.OpenSender(new NotificationCap(slot));
    }

    /// <summary>Writes a record whose payload is what lay there before.</summary>
    /// <returns>False if there is no room.</returns>
    public bool TryPut(RecordHeader header, ReadOnlySpan<byte> payload = default)
    {
        uint lines = header.Lines, offset = (uint)(_written % Own->Lines), toEnd = Own->Lines - offset;
        uint pad = lines > toEnd ? toEnd : 0;
        if (_written + pad + lines - Volatile.Read(ref Peer->Consumer) >= Own->Lines)
            return false;
        if (pad != 0)
            Commit(new RecordHeader(RecordKind.Pad, RecordPart.Whole, 0, 0, 0), pad);
        payload.CopyTo(new Span<byte>(LineAt(_written) + 1, header.Length));
        Commit(header, lines);
        return true;
    }

    /// <summary>Says where a lent message is, three times in four by the rules.</summary>
    public static LentPlace AnyPlace(Random random) => random.Next(4) != 0
        ? new LentPlace((uint)random.Next(), (uint)random.Next((int)FirstUnit, (int)ChannelFrame.MaxUnits), random.Next(1, ChannelFrame.UnitSize))
        : new LentPlace((ulong)random.NextInt64() >> random.Next(64));

    /// <summary>Writes a header where the next record would begin.</summary>
    public void Spoil(RecordHeader header) => Volatile.Write(ref *LineAt(_written), header.Raw);

    /// <summary>Pads the ring to its end, or comes nearer to where a pad may do that.</summary>
    /// <returns>False if there is no room.</returns>
    public bool TryPad()
    {
        uint toEnd = Own->Lines - (uint)(_written % Own->Lines);
        if (toEnd > Own->Lines / 4)
            return TryPut(new RecordHeader(RecordKind.Send, RecordPart.Whole, 0, (ushort)Order.Drop, 0));
        if (_written + toEnd - Volatile.Read(ref Peer->Consumer) >= Own->Lines)
            return false;
        Commit(new RecordHeader(RecordKind.Pad, RecordPart.Whole, 0, 0, 0), toEnd);
        return true;
    }

    /// <summary>Writes a record as soon as there is room.</summary>
    /// <returns>False if the peer has closed the channel.</returns>
    public bool Put(RecordHeader header, ReadOnlySpan<byte> payload = default)
    {
        while (!TryPut(header, payload))
        {
            Publish();
            if (IsClosed)
                return false;
            Thread.Yield();
        }

        return true;
    }

    /// <summary>Wakes the peer.</summary>
    public void Publish()
    {
        Interlocked.MemoryBarrier();
        if (new ChannelStatus(Volatile.Read(ref Peer->Status)).Attention is not (ChannelAttention.Attentive or ChannelAttention.Spinning))
            Ring();
    }

    /// <summary>Rings the peer's doorbell.</summary>
    public void Ring() => _sender!.TryPost();

    /// <summary>Gives the peer back all the room in its ring.</summary>
    public void ReadAll()
    {
        while (TryTake(out _))
        {
        }
    }

    /// <summary>Takes the next record from the peer's ring, without its payload.</summary>
    public bool TryTake(out RecordHeader header)
    {
        while (true)
        {
            uint offset = (uint)(_read % Peer->Lines);
            header = new RecordHeader(Volatile.Read(ref *(ulong*)((byte*)Peer + ChannelFrame.HeaderSize + (offset * (nuint)ChannelFrame.LineSize))));
            if (header.Raw == 0)
                return false;
            _read += header.Kind == RecordKind.Pad ? Peer->Lines - offset : header.Lines;
            Volatile.Write(ref Own->Consumer, _read);
            if (header.Kind != RecordKind.Pad)
                return true;
        }
    }

    /// <summary>Takes the frame from the peer.</summary>
    public void RevokeFrame() => TaskContext.CNode.Revoke(_frame.Frame.CPtr);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (PeerDoorbell != 0)
        {
            Volatile.Write(ref Own->Status, new ChannelStatus(ChannelAttention.Closed, 0, 0).Raw);
            _sender!.TryPost();
            _sender.Dispose();
            ReturnSlot(PeerDoorbell);
        }

        if (Peer != null)
        {
            MachineUser.Machine.Unmap((byte*)Peer, _peerLength);
            ReturnSlot(_peerFrame);
        }

        MachineUser.Machine.Unmap((byte*)Own, _length);
        ReturnSlot(FrameForPeer);
        MachineUser.Machine.Threads.Objects.Return(_frame);
    }

    private void Commit(RecordHeader header, uint lines)
    {
        ulong* line = LineAt(_written);
        _written += lines;
        *LineAt(_written) = 0;
        Volatile.Write(ref *line, header.Raw);
    }

    /// <summary>Takes a slot that is empty.</summary>
    public static ulong TakeSlot()
    {
        lock (s_freeSlots)
            return s_freeSlots.TryPop(out ulong slot) ? slot : MachineUser.TakeSlot();
    }

    /// <summary>Empties a slot for others to take.</summary>
    public static void ReturnSlot(ulong slot)
    {
        TaskContext.CNode.Delete(slot);
        lock (s_freeSlots)
            s_freeSlots.Push(slot);
    }

    private ulong Exchange(ChannelOpening step, ulong word, ulong capability, out ChannelRefusal refusal)
    {
        ulong slot = TakeSlot();
        TaskContext.CNode.ReceiveInto(slot);
        ReceivedMessage reply = AsyncSystem.Endpoint.Call((ulong)step, [word], [capability]);
        refusal = (ChannelRefusal)reply.Label;
        if (reply.Words.Length > 0)
            Ticket = reply[0];
        if (reply.HasReceivedCapability)
            return slot;
        ReturnSlot(slot);
        return 0;
    }

    private ulong* LineAt(ulong line) => (ulong*)((byte*)Own + ChannelFrame.HeaderSize + (line % Own->Lines * ChannelFrame.LineSize));
}
