using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>Receives what comes to an endpoint synchronously: opens channels, and hands plain messages to the listener.</summary>
/// <remarks>
/// It has a thread of the kernel for itself. What a caller sends decides about the caller's own channel only. A few clients may be between the two
/// calls at once, and each of them a few times; one that stays there for long is forgotten when the next comes.
/// </remarks>
internal sealed class ChannelAcceptor(AsyncMachine machine, EndpointCap endpoint, AcceptedBy first)
{
    private const int MostOffers = 16;
    private const int MostOffersOfOne = 4;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private readonly RuntimeObjects _objects = machine.Threads.Objects;
    private readonly Queue<(ulong Ticket, long Time)> _order = new();
    private readonly Dictionary<ulong, ChannelParts> _offers = [];
    private readonly OpeningRests _rests = new(machine.Clock);
    private readonly KernelWait _wait = new(machine);
    private readonly Lock _ending = new();
    private Exception? _end;
    private volatile AcceptedBy _next = first;
    private AcceptedBy _for = first;
    private ulong _slot;
    private bool _hasToldOfAnother;

    /// <summary>Gets whether it receives no more. Any thread.</summary>
    public bool HasEnded
    {
        get
        {
            lock (_ending)
                return _end is not null;
        }
    }

    /// <summary>Has it accept for somebody else, if whom it accepts for has ended. Any thread, one at a time.</summary>
    public bool TryTakeOver(AcceptedBy next)
    {
        if (!_next.Listener.HasEnded)
            return false;
        // Whoever comes last tells: the end all that are known by then, or this one the end.
        lock (_ending)
        {
            _next = next;
            if (_end is { } end)
                next.Listener.Fail(end);
        }

        return true;
    }

    /// <summary>Receives until the kernel ends, or the capability is taken away.</summary>
    /// <param name="noThread">Why there is no thread for it, if there is none.</param>
    public void Run(Exception? noThread)
    {
        try
        {
            if (noThread is not null)
                throw noThread;
            machine.Threads.Uses.Add(endpoint.CPtr, _wait);
            try
            {
                Receive();
            }
            finally
            {
                machine.Threads.Uses.Remove(endpoint.CPtr, _wait);
            }
        }
        catch (Exception end)
        {
            lock (_ending)
            {
                _end = end;
                _next.Listener.Fail(end);
            }
        }
    }

    private void Receive()
    {
        _slot = _objects.TakeSlot();
        try
        {
            var source = new EndpointCap(machine.SlotOf(endpoint.CPtr));
            while (TryReceive(source, out ReceivedMessage message))
            {
                LookForWhom();
                Handle(message);
            }
        }
        finally
        {
            // Where the kernel has ended, nobody needs them.
            ForgetOffers();
            _objects.ReturnSlot(_slot);
        }

        throw AsyncMachine.TakenAway();
    }

    /// <summary>Receives the next message.</summary>
    /// <returns>False if the capability was taken away.</returns>
    private bool TryReceive(EndpointCap source, out ReceivedMessage message)
    {
        _objects.Holdings.CNode.ReceiveInto(_slot);
        message = default;
        if (!_wait.TryEnter())
            return false;
        bool isMessage = false;
        try
        {
            message = source.Receive();
        }
        finally
        {
            isMessage = _wait.Leave();
        }

        return isMessage;
    }

    private void LookForWhom()
    {
        if (_for == _next)
            return;
        _for = _next;
        // Their doorbells were another's.
        ForgetOffers();
    }

    private void ForgetOffers()
    {
        foreach (ChannelParts parts in _offers.Values)
            parts.Dispose();
        _offers.Clear();
        _order.Clear();
    }

    private void Handle(ReceivedMessage message)
    {
        if (_for.Listener.HasEnded)
        {
            Refuse(message, ChannelRefusal.Ended);
            return;
        }

        _rests.Heard(message.Badge);
        try
        {
            switch ((ChannelOpening)message.Label)
            {
                case ChannelOpening.Offer when _rests.MustWait():
                    Refuse(message, ChannelRefusal.Busy);
                    break;
                case ChannelOpening.Offer:
                    ChannelRefusal refusal = AcceptOffer(message, out ulong ticket, out ulong frame);
                    message.Reply((ulong)refusal, [ticket], frame == 0 ? [] : [frame]);
                    _rests.Served();
                    break;
                case ChannelOpening.Join:
                    AcceptJoin(message);
                    break;
                default:
                    if (message.HasReceivedCapability)
                        _objects.Holdings.CNode.Delete(_slot);
                    if (_for.Listener.HasRoomFor(message.Badge))
                        HandOver(message);
                    else
                        Refuse(message, ChannelRefusal.NoRoom);
                    break;
            }
        }
        catch (Exception refused) when (IsOfTheMoment(refused))
        {
            // Something has run out. Who called learns it, and the others go on.
            Refuse(message, ChannelRefusal.NoRoom);
        }
    }

    private void Refuse(ReceivedMessage message, ChannelRefusal reason)
    {
        ulong label = message.Label;
        _objects.Holdings.CNode.Delete(_slot);
        if ((ChannelOpening)label is ChannelOpening.Offer or ChannelOpening.Join)
        {
            message.Reply((ulong)reason);
            return;
        }

        RuntimeMeter.AddDropped();
        // A plain caller would take a refusal's label for an answer. Deleting its reply capability tells it that there will be none.
        _objects.Holdings.CNode.SaveCaller(_slot);
        _objects.Holdings.CNode.Delete(_slot);
    }

    private ChannelRefusal AcceptOffer(ReceivedMessage message, out ulong ticket, out ulong frame)
    {
        ticket = frame = 0;
        if (!message.HasReceivedCapability)
            return ChannelRefusal.NoCapability;
        ulong badge = message.Badge;
        CapabilityArgument received = TakeReceived();
        bool hasPlace = HasPlace(badge);
        if (!hasPlace || !_for.Listener.MayHaveAnother(badge) || TryMake(badge) is not { } parts)
        {
            _objects.Return(received);
            return hasPlace ? ChannelRefusal.NoRoom : ChannelRefusal.Busy;
        }

        try
        {
            parts.TakePeerFrame(received);
        }
        catch (Exception refused) when (IsOfTheMoment(refused))
        {
            parts.Dispose();
            return refused is SeL4Exception ? ChannelRefusal.BadFrame : ChannelRefusal.NoRoom;
        }

        ticket = Remember(parts);
        frame = parts.FrameForPeer;
        return ChannelRefusal.None;
    }

    private ChannelParts? TryMake(ulong badge)
    {
        try
        {
            int bit = _for.Doorbells.ChooseBit();
            // Made now, so that nothing can be missing when the client joins.
            _ = _for.Doorbells.CapabilityOf(bit);
            return ChannelParts.Make(machine, bit, badge);
        }
        catch (Exception refused) when (IsOfTheMoment(refused))
        {
            return null;
        }
    }

    /// <summary>Tells whether others can be served still: slots, memory, descriptors or mappings have run out, or the kernel refuses something.</summary>
    private static bool IsOfTheMoment(Exception refused) => refused is InvalidOperationException or IOException;

    private void AcceptJoin(ReceivedMessage message)
    {
        ulong badge = message.Badge;
        ulong ticket = message.Words.Length > 0 ? message[0] : 0;
        CapabilityArgument received = message.HasReceivedCapability ? TakeReceived() : default;
        // A ticket is good for one attempt, whatever comes of it.
        if (!_offers.TryGetValue(ticket, out ChannelParts? parts) || parts.Badge != badge)
        {
            _objects.Return(received);
            message.Reply((ulong)ChannelRefusal.BadTicket);
            TellOfAnother(badge);
            return;
        }

        _offers.Remove(ticket);
        ChannelRefusal refusal = Join(parts, received, out ChannelEnd? end);
        if (end is null)
        {
            parts.Dispose();
            message.Reply((ulong)refusal);
        }
        else if (_for.Doorbells.TryReplyWith(parts.DoorbellBit, message))
        {
            _for.Listener.Add(end, parts);
        }
        else
        {
            parts.Undo(end);
            message.Reply((ulong)ChannelRefusal.Ended);
        }
    }

    /// <summary>Says that another task may receive from the endpoint, too: nobody else can know. Once, as it may be a liar who says so.</summary>
    private void TellOfAnother(ulong badge)
    {
        if (_hasToldOfAnother)
            return;
        _hasToldOfAnother = true;
        ErrorLine.Write(
            $"a client (badge {badge}) came to {AsyncMachine.Describe("endpoint", endpoint.CPtr)} with the second half of an opening whose first half is not known here. If another task receives "
            + "from it, too, each gets one half and no channel can be opened: let one task receive from it, or give each an endpoint of its own.");
    }

    private static ChannelRefusal Join(ChannelParts parts, CapabilityArgument doorbell, out ChannelEnd? end)
    {
        end = null;
        if (doorbell == default)
            return ChannelRefusal.NoCapability;
        SeL4Error error = parts.TryTakePeerDoorbell(doorbell);
        // There may be room for one more sender in a moment: what the kernel tells of them waits to be read, and others register, too.
        if (error != SeL4Error.NoError)
            return error == SeL4Error.NotEnoughMemory ? ChannelRefusal.Busy : ChannelRefusal.BadDoorbell;
        end = parts.Join(out _);
        return end is null ? ChannelRefusal.BadFrame : ChannelRefusal.None;
    }

    /// <summary>Keeps the capability that came, and chooses another slot for the next.</summary>
    private CapabilityArgument TakeReceived()
    {
        ulong next = _objects.TakeSlot();
        (ulong received, _slot) = (_slot, next);
        return new CapabilityArgument(received);
    }

    /// <summary>Tells whether another client may be between the two calls, after forgetting those that have been there for long.</summary>
    private bool HasPlace(ulong badge)
    {
        while (_order.TryPeek(out (ulong Ticket, long Time) oldest) && machine.Clock.GetElapsedTime(oldest.Time) >= s_patience)
        {
            _order.Dequeue();
            if (_offers.Remove(oldest.Ticket, out ChannelParts? parts))
                parts.Dispose();
        }

        return _offers.Count < MostOffers && _offers.Values.Count(offer => offer.Badge == badge) < MostOffersOfOne;
    }

    private ulong Remember(ChannelParts parts)
    {
        ulong ticket = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        _offers.Add(ticket, parts);
        _order.Enqueue((ticket, machine.Clock.GetTimestamp()));
        return ticket;
    }

    private void HandOver(ReceivedMessage message)
    {
        // The words lie in the buffer that the next system call uses.
        byte[] payload = MemoryMarshal.AsBytes(message.Words).ToArray();
        ulong slot = _objects.TakeSlot();
        _objects.Holdings.CNode.SaveCaller(slot);
        if (message.Label <= ushort.MaxValue)
            _for.Listener.Deliver(new SynchronousCall(machine.Threads, _for.Listener, slot, message.Badge, payload), (ushort)message.Label);
        else
            // Deleting a reply capability tells its caller that there will be no reply.
            _objects.ReturnSlot(slot);
    }
}
