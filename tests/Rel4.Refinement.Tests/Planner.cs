using System.Collections.Immutable;
using System.Numerics;
using Rel4.Abi;
using Rel4.Spec;
using Rel4.Spec.Rules;
using SpecThread = Rel4.Spec.Thread;

namespace Rel4.Refinement.Tests;

/// <summary>Makes up what happens next: mostly something that makes sense in the state, at times something that does not.</summary>
internal sealed partial class Planner(SpecState state, Random random)
{
    private const int TriesToStayAlive = 6;

    private static readonly ImmutableArray<ulong> OddWords =
        [0, 1, 2, 3, 4, 6, 7, 12, 47, 48, 63, 64, 65, 100, 255, 256, 257, 1UL << 32, 1UL << 47, 1UL << 63, ulong.MaxValue];

    private ulong _thread;
    private List<Place> _places = [];

    /// <summary>Gives the next act. One after which no thread could run is mostly thought better of.</summary>
    public Act Next()
    {
        Act act = NextAny();
        for (int i = 0; i < TriesToStayAlive && Story.After(state, act).Current is null; i++)
            act = NextAny();
        return act;
    }

    private Act NextAny()
    {
        List<SpecThread> runnable = [.. state.Objects.Values.OfType<SpecThread>().Where(thread => thread.IsRunnable)];
        if (runnable.Count == 0 || random.Next(100) < 3)
            return new TickAct();
        if (random.Next(3) == 0 && WakingSender() is { } waking)
            return new PostAct(waking.Thread, UserInterrupts.HandleOf(waking).Raw);
        if (random.Next(4) == 0 && Exchange(runnable) is { } exchange)
            return exchange;
        _thread = random.Next(2) == 0 && state.Current is { } current ? current : Pick(runnable).Address;
        _places = Reach.Of(state, _thread);
        SpecThread thread = state.Thread(_thread);
        return random.Next(100) switch
        {
            0 => new FaultAct(_thread, new UserException(Odd(), Odd())),
            < 3 => new FaultAct(_thread, new VMFault(Odd(), random.Next(2) == 0, Odd())),
            < 8 => new PostAct(_thread, Handle()),
            < 10 => new ComputeAct(_thread, (Register)random.Next(UserContext.Count), Odd()),
            < 12 => new RetryAct(_thread),
            < 14 => Garbage().By(_thread),
            < 16 when thread.IsRunnable => new Draft(random.Next(3) == 0 ? Syscall.SetTlsBase : Syscall.Yield, Odd()).By(_thread),
            _ => MutateAtTimes(Sensible()).By(_thread),
        };
    }

    private Draft Sensible()
    {
        for (int tries = 0; tries < 20; tries++)
        {
            Draft? draft = random.Next(100) switch
            {
                < 38 => Ipc(),
                < 64 => NodeMethod(),
                < 72 => Retype(),
                < 90 => TcbMethod(),
                _ => NotificationMethod(),
            };
            if (draft is not null)
                return draft;
        }
        return Garbage();
    }

    /// <summary>Spoils one thing about a system call.</summary>
    private Draft MutateAtTimes(Draft draft)
    {
        if (random.Next(8) != 0)
            return draft;
        return random.Next(7) switch
        {
            0 => draft with { Capability = random.Next(2) == 0 ? Odd() : AnyAddress() },
            1 => draft with { Label = random.Next(2) == 0 ? (ulong)random.Next(30) : Odd() >> 12 },
            2 when !draft.Words.IsEmpty => draft with { Words = draft.Words[..random.Next(draft.Words.Length)] },
            3 when !draft.Caps.IsEmpty => draft with { Caps = draft.Caps[..random.Next(draft.Caps.Length)] },
            4 when !draft.Caps.IsEmpty => draft with
            {
                Caps = draft.Caps.SetItem(random.Next(draft.Caps.Length), random.Next(4) == 0 ? Odd() : AnyAddress()),
            },
            5 => draft with { Number = (Syscall)(-1 - random.Next(8)) },
            _ when !draft.Words.IsEmpty => draft with { Words = draft.Words.SetItem(random.Next(draft.Words.Length), Odd()) },
            _ => draft,
        };
    }

    private Draft Garbage() => new((Syscall)(long)random.Next(-11, 3), random.Next(2) == 0 ? Odd() : AnyAddress(), (ulong)random.Next(30))
    {
        Words = [.. OddMany(random.Next(8))],
        Caps = [.. Enumerable.Range(0, random.Next(4)).Select(_ => AnyAddress())],
    };

    private Draft? Retype()
    {
        if (PickAddress(cap => cap is UntypedCap) is not { } untyped || PickRoot() is not { } root)
            return null;
        (ObjectType type, int sizeBits) = random.Next(12) switch
        {
            0 => (ObjectType.Untyped, random.Next(4, 15)),
            1 or 2 => (ObjectType.CapTable, random.Next(1, 4)),
            3 or 4 => (ObjectType.Tcb, 0),
            5 or 6 => (ObjectType.Endpoint, 0),
            7 or 8 => (ObjectType.Notification, 0),
            9 => (ObjectType.Page4K, 0),
            10 => (ObjectType.Pml4, 0),
            _ => ((ObjectType)random.Next(13), random.Next(66)),
        };
        List<Place> nodes = [.. Reach.Under(state, root.Cap).Where(place => place.Cap is CNodeCap)];
        Place? inner = nodes.Count > 0 && random.Next(3) == 0 ? Pick(nodes) : null;
        var node = (CNodeCap)(inner?.Cap ?? root.Cap)!;
        List<int> free = [.. Enumerable.Range(0, 1 << node.Radix).Where(i => state.Cap(new SlotId(node.Address, i)) is null)];
        ulong offset = (ulong)(free.Count > 0 && random.Next(10) != 0 ? Pick(free) : random.Next((1 << node.Radix) + 1));
        ulong window = random.Next(12) switch { 0 => Odd(), < 4 => 2, 4 => 3, _ => 1 };
        (ulong index, ulong depth) = (inner?.Index ?? 0, (ulong)(inner?.Depth ?? 0));
        ulong service = untyped.Address!.Value;
        return Draft.Method(service, InvocationLabel.UntypedRetype, (ulong)type, (ulong)sizeBits, index, depth, offset, window)
            .With(root.Address!.Value);
    }

    private Draft? NotificationMethod()
    {
        if (PickAddress(cap => cap is NotificationCap) is not { } place)
            return null;
        if (random.Next(2) == 0 && PickAddress(cap => cap is NotificationCap c && BitOperations.PopCount(c.Badge) == 1) is { } single)
            place = single;
        ulong ntfn = place.Address!.Value;
        if (random.Next(4) == 0)
        {
            var label = (InvocationLabel)random.NextInt64((long)InvocationLabel.TcbRegisterReceiver, (long)InvocationLabel.TcbUnregisterSender + 1);
            if (label == InvocationLabel.TcbUnregisterSender && random.Next(2) == 0)
                return UnregisterByHandle();
            return Draft.Method(AddressOf<TcbCap>(), label).With(random.Next(8) == 0 ? AnyAddress() : ntfn);
        }

        return random.Next(8) switch
        {
            0 or 1 => Draft.Method(ntfn, InvocationLabel.NotificationRegisterReceiver)
                .With(random.Next(8) == 0 ? AnyAddress() : AddressOf<TcbCap>()),
            2 => Draft.Method(ntfn, InvocationLabel.NotificationUnregisterReceiver),
            3 => Draft.Method(ntfn, InvocationLabel.NotificationUnregisterSender),
            _ => Draft.Method(ntfn, InvocationLabel.NotificationRegisterSender),
        };
    }

    /// <summary>Takes back what a handle names, mostly one that its thread has.</summary>
    private Draft UnregisterByHandle()
    {
        Sender? sender = state.Senders.Count > 0 && random.Next(4) != 0 ? Pick(state.Senders) : null;
        ulong? thread = sender is null ? null : PickAddress(cap => cap is TcbCap tcb && tcb.Address == sender.Thread)?.Address;
        return Draft.Method(
            thread ?? AddressOf<TcbCap>(), InvocationLabel.TcbUnregisterSender, sender is null ? Handle() : UserInterrupts.HandleOf(sender).Raw);
    }

    /// <summary>Finds a sender that can post to a thread that waits.</summary>
    private Sender? WakingSender() => state.Senders.Find(sender =>
        state.Thread(sender.Thread).IsRunnable && state.Thread(state.Receivers[sender.Receiver].Thread) is { IsRunnable: false } receiver
        && receiver.State is BlockedOnNotification or BlockedOnReceive);

    private ulong Handle()
    {
        List<Sender> own = [.. state.Senders.Where(sender => sender.Thread == _thread)];
        if (own.Count > 0 && random.Next(10) != 0)
            return UserInterrupts.HandleOf(Pick(own)).Raw;
        return state.Senders.Count > 0 && random.Next(2) == 0
            ? UserInterrupts.HandleOf(Pick(state.Senders)).Raw
            : new SenderHandle((ushort)random.Next(3), (ulong)random.Next(6)).Raw;
    }

    private IEnumerable<ulong> OddMany(int count) => Enumerable.Range(0, count).Select(_ => Odd());

    private ulong Odd() => random.Next(4) == 0 ? (ulong)random.NextInt64() : Pick(OddWords);

    /// <summary>Picks a CNode that a system call can name, for use as a root.</summary>
    private Place? PickRoot() => PickAddress(cap => cap is CNodeCap);

    private Place? PickAddress(Func<Capability, bool> isWanted)
    {
        List<Place> fitting = [.. _places.Where(place => place.Address is not null && place.Cap is { } cap && isWanted(cap))];
        return fitting.Count > 0 ? Pick(fitting) : null;
    }

    private ulong AnyAddress() => _places.Count > 0 && Pick(_places) is var place
        ? place.Address ?? place.Index
        : Odd();

    private ulong AddressOf<T>()
        where T : Capability => PickAddress(cap => cap is T)?.Address ?? Odd();

    private T Pick<T>(IReadOnlyList<T> from) => from[random.Next(from.Count)];
}
