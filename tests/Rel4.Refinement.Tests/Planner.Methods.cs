using System.Collections.Immutable;
using Rel4.Abi;
using Rel4.Spec;
using Rel4.Spec.Rules;
using SpecThread = Rel4.Spec.Thread;

namespace Rel4.Refinement.Tests;

/// <summary>Makes up methods of CNodes and threads.</summary>
internal sealed partial class Planner
{
    private Draft? NodeMethod()
    {
        if (PickRoot() is not { } targetRoot || PickRoot() is not { } sourceRoot)
            return null;
        ulong service = targetRoot.Address!.Value, argument = sourceRoot.Address!.Value;
        InvocationLabel label = Pick<InvocationLabel>(
        [
            InvocationLabel.CNodeCopy, InvocationLabel.CNodeCopy,
            InvocationLabel.CNodeMint, InvocationLabel.CNodeMint, InvocationLabel.CNodeMint,
            InvocationLabel.CNodeMove, InvocationLabel.CNodeMove, InvocationLabel.CNodeMutate, InvocationLabel.CNodeRotate,
            InvocationLabel.CNodeDelete, InvocationLabel.CNodeDelete, InvocationLabel.CNodeRevoke, InvocationLabel.CNodeSaveCaller,
            InvocationLabel.CNodeCancelBadgedSends,
        ]);
        if (random.Next(12) == 0)
            return random.Next(2) == 0 ? Bury(targetRoot, sourceRoot) : Raze(targetRoot);
        switch (label)
        {
            case InvocationLabel.CNodeDelete or InvocationLabel.CNodeRevoke:
                return PickUnder(targetRoot, isFull: true, IsMinor) is { } victim
                    ? Draft.Method(service, label, victim.Index, (ulong)victim.Depth)
                    : null;
            case InvocationLabel.CNodeCancelBadgedSends:
                return PickUnder(targetRoot, isFull: true, cap => cap is EndpointCap) is { } badge
                    ? Draft.Method(service, label, badge.Index, (ulong)badge.Depth)
                    : null;
            case InvocationLabel.CNodeRotate:
                return Rotate(targetRoot, sourceRoot);
        }
        if (PickUnder(targetRoot, isFull: false) is not { } target)
            return null;
        if (label == InvocationLabel.CNodeSaveCaller)
            return Draft.Method(service, label, target.Index, (ulong)target.Depth);
        if (PickUnder(sourceRoot, isFull: true) is not { } source)
            return null;
        ImmutableArray<ulong> words = [target.Index, (ulong)target.Depth, source.Index, (ulong)source.Depth];
        return label switch
        {
            InvocationLabel.CNodeMove => Draft.Method(service, label, words).With(argument),
            InvocationLabel.CNodeMutate => Draft.Method(service, label, [.. words, DataFor(source.Cap)]).With(argument),
            InvocationLabel.CNodeCopy => Draft.Method(service, label, [.. words, Rights()]).With(argument),
            _ => Draft.Method(service, label, [.. words, Rights(), DataFor(source.Cap)]).With(argument),
        };
    }

    /// <summary>Moves the last capability to a container into a small CNode, perhaps into the container itself.</summary>
    private Draft? Bury(Place targetRoot, Place sourceRoot) =>
        PickUnder(sourceRoot, isFull: true, IsSmallContainer) is { Cap: not null } container && state.IsFinal(container.Slot)
        && PickUnder(targetRoot, isFull: false) is { } grave
        && (targetRoot.Cap is CNodeCap { Radix: < 6 } || random.Next(4) == 0)
            ? Draft.Method(
                targetRoot.Address!.Value,
                InvocationLabel.CNodeMove,
                grave.Index,
                (ulong)grave.Depth,
                container.Index,
                (ulong)container.Depth).With(sourceRoot.Address!.Value)
            : null;

    /// <summary>Deletes the last capability to a container that holds others.</summary>
    private Draft? Raze(Place root)
    {
        bool IsHeap(Place place) => place.Cap is { } cap && IsSmallContainer(cap) && state.IsFinal(place.Slot);
        List<Place> heaps = Reach.Under(state, root.Cap).FindAll(IsHeap);
        List<Place> deep = heaps.FindAll(place => Reach.Under(state, place.Cap).Exists(IsHeap));
        if (deep.Count > 0)
            heaps = deep;
        return heaps.Count > 0 && Pick(heaps) is var heap
            ? Draft.Method(root.Address!.Value, InvocationLabel.CNodeDelete, heap.Index, (ulong)heap.Depth)
            : null;
    }

    private static bool IsSmallContainer(Capability cap) => cap is CNodeCap { Radix: < 6 } or TcbCap;

    /// <summary>
    /// Tells whether deleting a capability leaves a system to go on with: mostly, other than untyped memory, roots and threads may go.
    /// </summary>
    private bool IsMinor(Capability cap) => cap switch
    {
        UntypedCap untyped => untyped.SizeBits < 16 || random.Next(20) == 0,
        CNodeCap node => node.Radix < 6 || random.Next(20) == 0,
        TcbCap => random.Next(2) == 0,
        _ => true,
    };

    private Draft? Rotate(Place targetRoot, Place otherRoot)
    {
        static bool CanRotate(Capability cap) => cap is not (EndpointCap or NotificationCap);
        if (PickUnder(otherRoot, isFull: true, CanRotate) is not { } source
            || PickUnder(otherRoot, isFull: true, CanRotate) is not { } pivot)
        {
            return null;
        }
        bool isSwap = random.Next(3) == 0 && targetRoot == otherRoot;
        if ((isSwap ? source : PickUnder(targetRoot, isFull: false)) is not { } target)
            return null;
        return Draft.Method(
            targetRoot.Address!.Value,
            InvocationLabel.CNodeRotate,
            target.Index,
            (ulong)target.Depth,
            DataFor(pivot.Cap),
            pivot.Index,
            (ulong)pivot.Depth,
            DataFor(source.Cap),
            source.Index,
            (ulong)source.Depth).With(otherRoot.Address!.Value, otherRoot.Address!.Value);
    }

    /// <summary>Makes up a badge or guard; a CNode mostly keeps the guard that makes it useful.</summary>
    private ulong DataFor(Capability? cap) => cap switch
    {
        CNodeCap node when random.Next(3) != 0 => new CNodeCapData(node.Guard, node.GuardSize).Raw,
        CNodeCap node when random.Next(2) == 0 => new CNodeCapData((ulong)random.Next(2), Limits.WordBits - node.Radix).Raw,
        CNodeCap => new CNodeCapData((ulong)random.Next(2), random.Next(Limits.WordBits)).Raw,
        NotificationCap => random.Next(4) == 0 ? (ulong)random.Next(16) : 1UL << random.Next(Limits.Vectors),
        EndpointCap => (ulong)random.Next(5),
        _ => Odd(),
    };

    private ulong Rights() => random.Next(3) != 0 ? (ulong)CapRights.All : (ulong)random.Next(17);

    private Draft? TcbMethod()
    {
        if (PickAddress(cap => cap is TcbCap) is not { Cap: TcbCap tcb } place)
            return null;
        ulong service = place.Address!.Value;
        SpecThread target = state.Thread(tcb.Address);
        if (target.State is Inactive && random.Next(2) == 0)
        {
            return state.Cap(new SlotId(tcb.Address, TcbSlot.CSpace)) is CNodeCap
                ? Draft.Method(service, InvocationLabel.TcbResume)
                : Configure(service, tcb.Address);
        }
        ulong authority = AddressOf<TcbCap>();
        ulong count = random.Next(6) == 0 ? (ulong)random.Next(24) : (ulong)random.Next(1, 6);
        return random.Next(19) switch
        {
            0 => Draft.Method(service, InvocationLabel.TcbReadRegisters, (ulong)random.Next(4) / 3, (ulong)random.Next(22)),
            1 => Draft.Method(service, InvocationLabel.TcbWriteRegisters, [(ulong)random.Next(2), count, .. OddMany((int)count)]),
            2 => Draft.Method(service, InvocationLabel.TcbCopyRegisters, (ulong)random.Next(16)).With(authority),
            3 => Configure(service, tcb.Address),
            4 => Draft.Method(service, InvocationLabel.TcbSetSpace, FaultHandlerFor(tcb.Address), GuardData(), 0)
                .With(AddressOf<CNodeCap>(), AddressOf<VSpaceCap>()),
            5 => Draft.Method(service, InvocationLabel.TcbSetIpcBuffer, BufferAddress()).With(AddressOf<FrameCap>()),
            6 => Draft.Method(service, InvocationLabel.TcbSetPriority, Priority()).With(authority),
            7 => Draft.Method(service, InvocationLabel.TcbSetMCPriority, random.Next(2) == 0 ? 255UL : Priority()).With(authority),
            8 => Draft.Method(service, InvocationLabel.TcbSetSchedParams, 200, Priority()).With(authority),
            9 => Draft.Method(service, InvocationLabel.TcbSuspend),
            10 or 11 => Draft.Method(service, InvocationLabel.TcbResume),
            12 or 13 => Draft.Method(service, InvocationLabel.TcbBindNotification).With(AddressOf<NotificationCap>()),
            14 => Draft.Method(service, InvocationLabel.TcbUnbindNotification),
            15 => Draft.Method(service, InvocationLabel.TcbSetTlsBase, Odd()),
            16 => Draft.Method(service, InvocationLabel.TcbSetFlags, (ulong)random.Next(4), (ulong)random.Next(4)),
            17 => Draft.Method(service, InvocationLabel.TcbSetAffinity, (ulong)random.Next(2)),
            _ => Draft.Method(service, InvocationLabel.TcbSetPriority, 100).With(authority),
        };
    }

    private Draft Configure(ulong service, ulong thread) =>
        Draft.Method(service, InvocationLabel.TcbConfigure, FaultHandlerFor(thread), GuardData(), 0, BufferAddress())
            .With(AddressOf<CNodeCap>(), AddressOf<VSpaceCap>(), AddressOf<FrameCap>());

    /// <summary>Makes up an address of a fault handler in a thread's own capability space.</summary>
    private ulong FaultHandlerFor(ulong thread)
    {
        List<Place> endpoints = [.. Reach.Of(state, thread).Where(place => place is { Cap: EndpointCap, Address: not null })];
        return endpoints.Count > 0 ? Pick(endpoints).Address!.Value : AddressOf<EndpointCap>();
    }

    private ulong GuardData() => random.Next(4) switch
    {
        0 => new CNodeCapData(0, 60).Raw,
        1 => new CNodeCapData(0, random.Next(Limits.WordBits)).Raw,
        _ => 0,
    };

    private ulong BufferAddress() => random.Next(8) switch
    {
        0 => 0,
        1 => Odd(),
        _ => 0x10000 + ((ulong)random.Next(8) << Limits.IpcBufferBits),
    };

    private ulong Priority() => Pick<ulong>([0, 99, 100, 100, 100, 101, 102, 150, 255, 256]);
}
