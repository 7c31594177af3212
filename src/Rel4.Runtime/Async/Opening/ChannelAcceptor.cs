using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>Receives what comes to an endpoint synchronously: opens channels, and hands plain messages to the listener.</summary>
/// <remarks>
/// It has a thread of the kernel for itself. What a caller sends decides about the caller's own channel only: of openings that were begun and not
/// ended, the oldest is forgotten when there are too many, and its client begins again.
/// </remarks>
internal sealed class ChannelAcceptor(AsyncMachine machine, Endpoint endpoint, Doorbells doorbells, Listener listener)
{
    private const int MostOffers = 16;

    private readonly RuntimeObjects _objects = machine.Threads.Objects;
    private readonly Queue<ulong> _order = new();
    private readonly Dictionary<ulong, ChannelParts> _offers = [];
    private ulong _slot;

    /// <summary>Receives until the kernel ends.</summary>
    /// <param name="noThread">Why there is no thread for it, if there is none.</param>
    public void Run(Exception? noThread)
    {
        try
        {
            if (noThread is not null)
                throw noThread;
            _slot = _objects.TakeSlot();
            while (true)
            {
                _objects.Holdings.CNode.ReceiveInto(_slot);
                Handle(endpoint.Receive());
            }
        }
        catch (Exception end)
        {
            listener.Fail(end);
        }
    }

    private void Handle(ReceivedMessage message)
    {
        switch ((ChannelOpening)message.Label)
        {
            case ChannelOpening.Offer:
                message.Reply((ulong)AcceptOffer(message, out ulong ticket, out ulong frame), [ticket], frame == 0 ? [] : [frame]);
                break;
            case ChannelOpening.Join:
                ChannelRefusal refusal = AcceptJoin(message, out ChannelEnd? end, out ChannelParts? parts);
                message.Reply((ulong)refusal, [], parts is null ? [] : [doorbells.CapabilityOf(parts.DoorbellBit)]);
                if (end is not null)
                    listener.Add(end, parts!);
                break;
            default:
                if (message.HasReceivedCapability)
                    _objects.Holdings.CNode.Delete(_slot);
                HandOver(message);
                break;
        }
    }

    private ChannelRefusal AcceptOffer(ReceivedMessage message, out ulong ticket, out ulong frame)
    {
        ticket = frame = 0;
        if (!message.HasReceivedCapability)
            return ChannelRefusal.NoCapability;
        ulong badge = message.Badge;
        ulong slot = TakeReceived();
        if (listener.IsFull)
            return Refuse(ChannelRefusal.NoRoom, slot);
        ChannelParts parts;
        try
        {
            parts = ChannelParts.Make(machine, doorbells.ChooseBit(), badge);
        }
        catch (InvalidOperationException)
        {
            return Refuse(ChannelRefusal.NoRoom, slot);
        }

        try
        {
            parts.TakePeerFrame(slot);
        }
        catch (Exception refused) when (refused is SeL4Exception or InvalidOperationException)
        {
            parts.Dispose();
            return ChannelRefusal.BadFrame;
        }

        ticket = Remember(parts);
        frame = parts.FrameForPeer;
        return ChannelRefusal.None;
    }

    private ChannelRefusal AcceptJoin(ReceivedMessage message, out ChannelEnd? end, out ChannelParts? parts)
    {
        end = null;
        parts = null;
        ulong badge = message.Badge;
        ulong ticket = message.Words.Length > 0 ? message[0] : 0;
        if (!message.HasReceivedCapability)
            return ChannelRefusal.NoCapability;
        ulong slot = TakeReceived();
        if (!_offers.Remove(ticket, out ChannelParts? offered))
            return Refuse(ChannelRefusal.BadTicket, slot);
        if (offered.Badge != badge)
        {
            offered.Dispose();
            return Refuse(ChannelRefusal.BadTicket, slot);
        }

        if (offered.TryTakePeerDoorbell(slot) != SeL4Error.NoError)
        {
            offered.Dispose();
            return ChannelRefusal.BadDoorbell;
        }

        end = offered.Join(out _);
        if (end is null)
        {
            offered.Dispose();
            return ChannelRefusal.BadFrame;
        }

        parts = offered;
        return ChannelRefusal.None;
    }

    /// <summary>Keeps the capability that came, and chooses another slot for the next.</summary>
    private ulong TakeReceived()
    {
        ulong slot = _slot;
        _slot = _objects.TakeSlot();
        return slot;
    }

    private ChannelRefusal Refuse(ChannelRefusal refusal, ulong slot)
    {
        _objects.ReturnSlot(slot);
        return refusal;
    }

    private ulong Remember(ChannelParts parts)
    {
        ulong ticket = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        _offers.Add(ticket, parts);
        _order.Enqueue(ticket);
        while (_order.Count > MostOffers)
        {
            if (_offers.Remove(_order.Dequeue(), out ChannelParts? oldest))
                oldest.Dispose();
        }

        return ticket;
    }

    private void HandOver(ReceivedMessage message)
    {
        // The words lie in the buffer that the next system call uses.
        byte[] payload = RemoteCopy.Of(MemoryMarshal.AsBytes(message.Words));
        int length = message.Words.Length * sizeof(ulong);
        ulong slot = _objects.TakeSlot();
        _objects.Holdings.CNode.SaveCaller(slot);
        if (message.Label <= ushort.MaxValue)
            listener.Deliver(new SynchronousCall(machine.Threads, slot), message.Badge, (ushort)message.Label, payload, length);
        else
            // Deleting a reply capability tells its caller that there will be no reply.
            _objects.ReturnSlot(slot);
    }
}
