using Rel4.Sim;
using Rel4.Spec;

namespace Rel4.Refinement.Tests;

/// <summary>Takes a kernel's state over as the specification's.</summary>
internal static class Abstraction
{
    private static Comparer<SlotId> SlotOrder => Comparer<SlotId>.Create((a, b) => (a.Holder, a.Index).CompareTo((b.Holder, b.Index)));

    /// <summary>Gives the state that the specification goes on from.</summary>
    /// <exception cref="BrokenKernelException">The kernel's state makes no sense at all.</exception>
    public static unsafe SpecState Of(SimKernel kernel)
    {
        KernelView view = KernelView.Of(kernel, []);
        SpecState empty = new();
        SpecState state = empty with
        {
            Objects = empty.Objects.AddRange(view.Objects),
            ReadyQueues = empty.ReadyQueues.AddRange(view.ReadyQueues),
            Current = view.Current,
            Handoff = view.Handoff,
            Receivers = empty.Receivers.AddRange(view.Receivers),
            Senders = view.Senders,
            NextGeneration = view.NextGeneration,
            FreeSenders = view.FreeSenders,
        };
        foreach (SlotId head in view.Slots.Where(slot => slot.Value.Previous is null).Select(slot => slot.Key).Order(SlotOrder))
        {
            for (SlotId? slot = head; slot is { } id; slot = view.Slots[id].Next)
            {
                SlotView found = view.Slots[id];
                state = state with
                {
                    Slots = state.Slots.Add(id, new Slot(found.Cap, found.Revocable, found.FirstBadged)),
                    Derivation = state.Derivation.Add(id),
                };
            }
        }
        foreach (Frame frame in view.Objects.Values.OfType<Frame>())
        {
            for (ulong address = frame.Address; address < frame.Address + (1UL << frame.SizeBits); address += sizeof(ulong))
            {
                if (KernelView.Word(kernel, address) is var word && word != 0)
                    state = state with { Memory = state.Memory.Add(address, word) };
            }
        }
        return state;
    }
}
