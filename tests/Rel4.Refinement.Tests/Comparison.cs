using System.Collections.Immutable;
using Rel4.Sim;
using Rel4.Spec;
using Rel4.Spec.Rules;
using KernelObject = Rel4.Spec.KernelObject;
using SpecThread = Rel4.Spec.Thread;

namespace Rel4.Refinement.Tests;

/// <summary>Compares the kernel's state with the specification's.</summary>
internal static class Comparison
{
    private const int SmallFrameBits = 12;

    /// <summary>Finds the first difference; <see langword="null"/> if there is none.</summary>
    /// <exception cref="BrokenKernelException">The kernel's state makes no sense at all.</exception>
    public static string? FindDifference(SpecState spec, SimKernel kernel)
    {
        var view = KernelView.Of(kernel, spec.Objects.Values);
        return OfSlots(spec, view) ?? OfDerivation(spec, view) ?? OfObjects(spec, view) ?? OfScheduler(spec, view)
            ?? OfUserInterrupts(spec, view) ?? OfMemory(spec, kernel);
    }

    private static string? OfSlots(SpecState spec, KernelView view)
    {
        foreach ((SlotId slot, SlotView found) in view.Slots)
        {
            if (!spec.Slots.TryGetValue(slot, out Slot? expected))
                return $"slot {Text.Of(slot)} is to be empty, the kernel has {found.Cap}";
            if (Comparable(spec, slot, expected.Cap) != Comparable(spec, slot, found.Cap))
                return $"slot {Text.Of(slot)} is to hold {expected.Cap}, the kernel has {found.Cap}";
            if ((expected.Revocable, expected.FirstBadged) != (found.Revocable, found.FirstBadged))
                return $"slot {Text.Of(slot)} is to be {expected}, the kernel has {found}";
        }
        foreach ((SlotId slot, Slot expected) in spec.Slots)
        {
            if (!view.Slots.ContainsKey(slot))
                return $"slot {Text.Of(slot)} is to hold {expected.Cap}, in the kernel it is empty";
        }
        return null;
    }

    /// <summary>Gives a capability without what means nothing: the watermark of untyped memory that has no children.</summary>
    private static Capability Comparable(SpecState spec, SlotId slot, Capability cap) =>
        cap is UntypedCap untyped && !spec.HasChildren(slot) ? untyped with { Watermark = 0 } : cap;

    /// <summary>Compares the order of derivation. The kernel has a list for every root; the specification strings them together.</summary>
    private static string? OfDerivation(SpecState spec, KernelView view)
    {
        for (int i = 0; i < spec.Derivation.Count; i++)
        {
            SlotId slot = spec.Derivation[i];
            SlotId? next = i + 1 < spec.Derivation.Count ? spec.Derivation[i + 1] : null;
            SlotView found = view.Slots[slot];
            if (found.Next is not null && found.Next != next)
                return $"behind {Text.Of(slot)} is to come {Text.Of(next)} in the list of derivation, the kernel has {Text.Of(found.Next)}";
            if (next is { } successor && view.Slots[successor].Previous is var previous && previous != (found.Next is null ? null : slot))
                return $"before {Text.Of(next)} is to come {Text.Of(slot)} in the list of derivation, the kernel has {Text.Of(previous)}";
            if (found.Previous is null && spec.Derivation.Take(i).Any(earlier => AreRelated(spec, earlier, slot)))
                return $"{Text.Of(slot)} is to be in one list of derivation with its relatives, the kernel has it at the start of another";
        }
        return null;
    }

    private static bool AreRelated(SpecState spec, SlotId earlier, SlotId later) =>
        spec.IsParentOf(earlier, later) || DerivationList.SameObject(spec.Slots[earlier].Cap, spec.Slots[later].Cap);

    private static string? OfObjects(SpecState spec, KernelView view)
    {
        foreach ((ulong address, KernelObject found) in view.Objects)
        {
            if (!spec.Objects.TryGetValue(address, out KernelObject? expected))
                return $"there is to be no object at {address:x}, the kernel has {found}";
            if (spec.Slots.Values.Any(slot => slot.Cap is ZombieCap { IsTcb: true } zombie && zombie.Address == address))
                expected = WithoutFuture((SpecThread)expected, (SpecThread)found);
            if (OfObject(expected, found) is { } difference)
                return $"object {address:x}: {difference}";
        }
        foreach ((ulong address, KernelObject expected) in spec.Objects)
        {
            if (!view.Objects.ContainsKey(address))
                return $"there is to be {expected} at {address:x}, in the kernel no capability names it";
        }
        return null;
    }

    /// <summary>Takes over where a thread would go on. One that is being destroyed never will.</summary>
    private static SpecThread WithoutFuture(SpecThread dying, SpecThread found) => dying with { FaultIP = found.FaultIP };

    private static string? OfObject(KernelObject expected, KernelObject found) => (expected, found) switch
    {
        (SpecThread e, SpecThread f) => OfThread(e, f),
        (Endpoint e, Endpoint f) => OfQueue(e.Queue, f.Queue),
        (Notification e, Notification f) => OfQueue(e.Queue, f.Queue) ?? Of("notification", e, f with { Queue = e.Queue }),
        _ => Of("object", expected, found),
    };

    private static string? OfThread(SpecThread expected, SpecThread found)
    {
        for (int i = 0; i < expected.Registers.Length; i++)
        {
            if (expected.Registers[i] != found.Registers[i])
                return $"register {(Register)i} is to be {expected.Registers[i]:x}, the kernel has {found.Registers[i]:x}";
        }
        return Of("state", expected.State, found.State)
            ?? Of("fault", expected.Fault, found.Fault)
            ?? Of("FaultIP", expected.FaultIP, found.FaultIP)
            ?? Of("slice", expected.Slice, found.Slice) ?? Of("thread", expected, found with { Registers = expected.Registers });
    }

    private static string? OfScheduler(SpecState spec, KernelView view)
    {
        for (int priority = 0; priority <= Abi.Limits.MaxPriority; priority++)
        {
            ImmutableList<ulong> expected = spec.ReadyQueues.GetValueOrDefault(priority) ?? [];
            ImmutableList<ulong> found = view.ReadyQueues.GetValueOrDefault(priority) ?? [];
            if (OfQueue(expected, found) is { } difference)
                return $"ready at priority {priority}: {difference}";
        }
        return Of("current thread", spec.Current, view.Current) ?? Of("handoff", spec.Handoff, view.Handoff);
    }

    private static string? OfUserInterrupts(SpecState spec, KernelView view)
    {
        foreach ((ulong thread, Receiver expected) in spec.Receivers)
        {
            if (Of($"receiver {thread:x}", expected, view.Receivers.GetValueOrDefault(thread)) is { } difference)
                return difference;
        }
        if (view.Receivers.Count != spec.Receivers.Count)
            return $"there are to be {spec.Receivers.Count} receivers, the kernel has {view.Receivers.Count}";
        if (spec.Senders.Except(view.Senders).FirstOrDefault() is { } missing)
            return $"the kernel lacks the sender {missing}";
        if (view.Senders.Except(spec.Senders).FirstOrDefault() is { } surplus)
            return $"the kernel has a sender too many: {surplus}";
        if (!spec.FreeSenders.SequenceEqual(view.FreeSenders))
            return $"the free senders are to be {string.Join(", ", spec.FreeSenders)}, and are {string.Join(", ", view.FreeSenders)}";
        return Of("next generation", spec.NextGeneration, view.NextGeneration);
    }

    private static string? OfMemory(SpecState spec, SimKernel kernel)
    {
        foreach (Frame frame in spec.Objects.Values.OfType<Frame>())
        {
            ulong end = frame.Address + (1UL << frame.SizeBits);
            int expected = 0;
            foreach ((ulong address, ulong word) in spec.Memory)
            {
                if (address < frame.Address || address >= end)
                    continue;
                expected++;
                if (KernelView.Word(kernel, address) is var found && found != word)
                    return $"memory at {address:x} is to be {word:x}, the kernel has {found:x}";
            }
            if (frame.SizeBits > SmallFrameBits)
                continue;
            int count = KernelView.CountWords(kernel, frame.Address, 1 << frame.SizeBits);
            if (count != expected)
                return $"the frame at {frame.Address:x} is to have {expected} words that are not 0, the kernel has {count}";
        }
        return null;
    }

    private static string? OfQueue(ImmutableList<ulong> expected, ImmutableList<ulong> found) => expected.SequenceEqual(found)
        ? null
        : $"the queue is to be [{Text.Of(expected)}], the kernel has [{Text.Of(found)}]";

    private static string? Of<T>(string what, T expected, T found) => EqualityComparer<T>.Default.Equals(expected, found)
        ? null
        : $"{what} is to be {expected}, the kernel has {found}";
}
