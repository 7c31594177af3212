using System.Runtime.CompilerServices;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Knows which interrupts are taken, and what they signal.</summary>
/// <remarks>An interrupt is masked from when it comes until its handler acknowledges it.</remarks>
internal static unsafe class InterruptLines
{
    private static uint s_issued;

    // Capabilities elsewhere point into it.
    [FixedAddressValueType]
    private static SlotTable s_notifications;

    public static bool IsIssued(uint line) => ((s_issued >> (int)line) & 1) != 0;

    /// <summary>Takes note that there is a capability to an interrupt, which may come from now on.</summary>
    public static void Issue(uint line)
    {
        s_issued |= 1U << (int)line;
        InterruptController.Unmask(line);
    }

    /// <summary>Takes note that the last capability to an interrupt is deleted.</summary>
    public static void Release(KernelState* kernel, uint line)
    {
        s_issued &= ~(1U << (int)line);
        InterruptController.Mask(line);
        ClearNotification(kernel, line);
    }

    /// <summary>Makes an interrupt signal through a copy of a capability.</summary>
    public static void SetNotification(KernelState* kernel, uint line, Slot* source)
    {
        // The copy first: deleting the old one must not take what the new one names.
        Slot copy = default;
        DerivationTree.InsertDerived(source->Cap, source, &copy);
        ClearNotification(kernel, line);
        DerivationTree.Move(kernel, copy.Cap, &copy, SlotOf(line));
    }

    public static void ClearNotification(KernelState* kernel, uint line)
    {
        if (!SlotOf(line)->IsEmpty)
            _ = Deletion<MetalMachine>.Delete(kernel, SlotOf(line));
    }

    /// <summary>Handles an interrupt.</summary>
    public static void Handle(KernelState* kernel, uint line)
    {
        if (!InterruptController.EndInterrupt(line))
            return;
        InterruptController.Mask(line);
        Kernel<MetalMachine>.HandleInterrupt(kernel, SlotOf(line)->Cap);
    }

    /// <summary>Finds what is wrong with the lines, if those that live capabilities name are these.</summary>
    public static Violation FindViolation(uint named)
    {
        if (named != s_issued)
            return Violation.LostInterrupt;
        for (uint line = 0; line < InterruptController.LineCount; line++)
        {
            if (!SlotOf(line)->IsEmpty && (!IsIssued(line) || SlotOf(line)->Cap.Type != CapType.Notification))
                return Violation.StraySignal;
        }

        return Violation.None;
    }

    private static Slot* SlotOf(uint line)
    {
        fixed (SlotTable* table = &s_notifications)
            return (Slot*)table->Words + line;
    }

    private struct SlotTable
    {
        public fixed ulong Words[(int)InterruptController.LineCount * 4];
    }
}
