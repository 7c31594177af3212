using System.Collections.Immutable;
using Rel4.Abi;
using Rel4.Spec;
using Rel4.Spec.Rules;
using SpecThread = Rel4.Spec.Thread;

namespace Rel4.Refinement.Tests;

/// <summary>Makes up messages.</summary>
internal sealed partial class Planner
{
    private Draft? Ipc()
    {
        if (random.Next(4) == 0 && state.Cap(new SlotId(_thread, TcbSlot.Caller)) is not null)
            return Message(random.Next(2) == 0 ? Syscall.Reply : Syscall.ReplyRecv, AddressOf<EndpointCap>());
        if (random.Next(3) == 0 && Meeting() is { } meeting)
            return meeting;
        if (random.Next(8) == 0 && Doze() is { } wait)
            return wait;
        if (PickAddress(cap => cap is EndpointCap or NotificationCap or ReplyCap) is not { } place)
            return null;
        if (random.Next(2) == 0 && PickAddress(cap => cap is EndpointCap) is { } endpoint)
            place = endpoint;
        if (random.Next(3) == 0 && PickAddress(cap => cap is ReplyCap) is { } reply)
            place = reply;
        Syscall number = place.Cap switch
        {
            ReplyCap => Pick<Syscall>([Syscall.Send, Syscall.NBSend, Syscall.Call]),
            _ => Pick<Syscall>(
            [
                Syscall.Send, Syscall.Call, Syscall.Call, Syscall.NBSend,
                Syscall.Recv, Syscall.Recv, Syscall.NBRecv, Syscall.ReplyRecv,
            ]),
        };
        return Message(number, place.Address!.Value);
    }

    /// <summary>Goes on with what a client and its server do most: a short call, and the reply to it that waits for the next.</summary>
    private TrapAct? Exchange(List<SpecThread> runnable)
    {
        List<SpecThread> servers = runnable.FindAll(thread => state.Cap(new SlotId(thread.Address, TcbSlot.Caller)) is not null);
        if (servers.Count > 0 && random.Next(4) != 0)
        {
            Act(Pick(servers));
            return PickAddress(cap => cap is EndpointCap endpoint && endpoint.Rights.HasFlag(CapRights.Read)) is { } from
                ? Short(Syscall.ReplyRecv, from)
                : null;
        }

        Act(Pick(runnable));
        bool IsServed(Capability cap) => cap is EndpointCap endpoint
            && state.Endpoint(endpoint.Address).Queue is [var first, ..] && state.Thread(first).State is BlockedOnReceive;
        if (PickAddress(IsServed) is { } to)
            return Short(Syscall.Call, to);
        return runnable.Count > 1 && PickAddress(cap => cap is EndpointCap) is { } place ? Short(Syscall.Recv, place) : null;

        void Act(SpecThread thread)
        {
            _thread = thread.Address;
            _places = Reach.Of(state, _thread);
        }
    }

    private TrapAct Short(Syscall number, Place place) => new Draft(number, place.Address!.Value, (ulong)random.Next(3))
    {
        Words = [.. Enumerable.Range(0, random.Next(Limits.MessageRegisters + 1)).Select(_ => (ulong)random.Next())],
    }.By(_thread);

    /// <summary>Makes up a message to or from a thread that waits for one.</summary>
    private Draft? Meeting()
    {
        bool IsCrowded(Capability cap) => cap is EndpointCap endpoint && !state.Endpoint(endpoint.Address).Queue.IsEmpty;
        if (PickAddress(IsCrowded) is not { Cap: EndpointCap used } place)
            return null;
        bool isReceiverWaiting = state.Thread(state.Endpoint(used.Address).Queue[0]).State is BlockedOnReceive;
        Syscall number = isReceiverWaiting
            ? Pick<Syscall>([Syscall.Call, Syscall.Call, Syscall.Send, Syscall.NBSend])
            : Pick<Syscall>([Syscall.Recv, Syscall.Recv, Syscall.NBRecv, Syscall.ReplyRecv]);
        return Message(number, place.Address!.Value);
    }

    /// <summary>Lets a thread wait for a signal that is its own: on the notification, or on an endpoint if it is bound.</summary>
    private Draft? Doze()
    {
        SpecThread thread = state.Thread(_thread);
        ulong? received = state.Receivers.GetValueOrDefault(_thread)?.Notification;
        bool IsOwn(Capability cap) => cap is NotificationCap ntfn && (ntfn.Address == received || ntfn.Address == thread.BoundNotification);
        Place? place = thread.BoundNotification is not null && random.Next(2) == 0
            ? PickAddress(cap => cap is EndpointCap)
            : PickAddress(IsOwn);
        return place is null ? null : Message(random.Next(6) == 0 ? Syscall.ReplyRecv : Syscall.Recv, place.Address!.Value);
    }

    private Draft Message(Syscall number, ulong address)
    {
        int length = random.Next(12) switch { 0 => random.Next(Limits.MessageWords + 1), < 4 => 0, _ => random.Next(8) };
        int caps = random.Next(3) == 0 ? random.Next(4) : 0;
        return new Draft(number, address, random.Next(3) == 0 ? (ulong)random.Next(40) : 0)
        {
            Words = [.. Enumerable.Range(0, length).Select(_ => (ulong)random.Next())],
            Caps = [.. Enumerable.Range(0, caps).Select(_ => CapToSend(address))],
            ReceiveSlot = random.Next(2) == 0 ? ReceiveSlot() : null,
        };
    }

    /// <summary>Picks a capability to send: often one to the endpoint that it is sent through, which will be unwrapped.</summary>
    private ulong CapToSend(ulong endpoint)
    {
        if (random.Next(3) == 0
            && _places.Find(place => place.Address == endpoint)?.Cap is EndpointCap used
            && PickAddress(cap => cap is EndpointCap other && other.Address == used.Address) is { } same)
        {
            return same.Address!.Value;
        }
        return random.Next(12) == 0 ? AnyAddress() : PickAddress(_ => true)?.Address ?? 0;
    }

    private (ulong Root, ulong Index, ulong Depth)? ReceiveSlot() => PickRoot() is { } root && PickUnder(root, isFull: false) is { } slot
        ? (root.Address!.Value, slot.Index, (ulong)slot.Depth)
        : null;

    /// <summary>Picks a full or an empty slot under a root; now and then a wrong one.</summary>
    private Place? PickUnder(Place root, bool isFull, Func<Capability, bool>? isWanted = null)
    {
        List<Place> all = Reach.Under(state, root.Cap);
        List<Place> fitting = [.. all.Where(place => place.Cap is not null == isFull && (isWanted is null || isWanted(place.Cap!)))];
        if (random.Next(25) == 0)
            fitting = all;
        return fitting.Count > 0 ? Pick(fitting) : null;
    }
}
