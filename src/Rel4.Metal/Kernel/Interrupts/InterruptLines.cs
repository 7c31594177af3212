using System.Runtime.CompilerServices;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Knows which interrupts are taken, where they come from, and what they signal.</summary>
/// <remarks>
/// The first are the 8259's lines, the others vectors of the taker's choice, for pins of the I/O APIC and for messages of devices. One that lasts until the
/// device was served is masked from when it comes until its handler acknowledges it: the 8259's lines, and pins that go by level. An edge is over when it
/// comes, and would be lost if its pin was masked; so the next may come at once, and notifications gather them.
/// </remarks>
internal static unsafe class InterruptLines
{
    /// <summary>The first interrupt that is not the 8259's.</summary>
    public const uint FirstVector = InterruptController.LineCount;

    /// <summary>Interrupts from that on.</summary>
    public const uint VectorCount = 108;

    /// <summary>All interrupts.</summary>
    public const uint Count = FirstVector + VectorCount;

    private static InterruptSet s_issued;

    // What masks them; vectors of edges and messages have nothing here.
    private static InterruptSet s_levels;

    private static PinTable s_pins;

    // Capabilities elsewhere point into it.
    [FixedAddressValueType]
    private static SlotTable s_notifications;

    public static bool IsIssued(uint line) => s_issued.Contains(line);

    /// <summary>Tells whether there is a capability to an interrupt of a pin of the I/O APIC.</summary>
    public static bool IsPinIssued(uint pin)
    {
        for (uint line = FirstVector; line < Count; line++)
        {
            if (PinOf(line) == pin + 1)
                return true;
        }

        return false;
    }

    /// <summary>Takes note that there is a capability to a line of the 8259, or to a vector for messages. It may come from now on.</summary>
    public static void Issue(uint line)
    {
        s_issued.Add(line);
        if (line < FirstVector)
            InterruptController.Unmask(line);
    }

    /// <summary>Takes note that there is a capability to a vector that a pin of the I/O APIC is led to.</summary>
    public static void Issue(uint line, uint pin, bool isLevel, bool isLow)
    {
        s_issued.Add(line);
        PinOf(line) = (byte)(pin + 1);
        if (isLevel)
            s_levels.Add(line);
        IOApic.Route(pin, InterruptController.FirstVector + line, isLevel, isLow);
    }

    /// <summary>Takes note that the last capability to an interrupt is deleted.</summary>
    public static void Release(KernelState* kernel, uint line)
    {
        s_issued.Remove(line);
        s_levels.Remove(line);
        if (line < FirstVector)
            InterruptController.Mask(line);
        else if (PinOf(line) != 0)
            IOApic.Mask(PinOf(line) - 1U);
        PinOf(line) = 0;
        ClearNotification(kernel, line);
    }

    /// <summary>Lets an interrupt that was served come again.</summary>
    public static void Acknowledge(uint line)
    {
        if (line < FirstVector)
            InterruptController.Unmask(line);
        else if (s_levels.Contains(line))
            IOApic.Unmask(PinOf(line) - 1U);
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
        if (line >= FirstVector)
        {
            // First, or a level would come again.
            if (s_levels.Contains(line))
                IOApic.Mask(PinOf(line) - 1U);
            LocalApic.EndInterrupt();
        }
        else if (InterruptController.EndInterrupt(line))
        {
            InterruptController.Mask(line);
        }
        else
        {
            return;
        }

        Kernel<MetalMachine>.HandleInterrupt(kernel, SlotOf(line)->Cap);
    }

    /// <summary>Finds what is wrong with the interrupts, if those that live capabilities name are these.</summary>
    public static Violation FindViolation(InterruptSet named)
    {
        if (!named.IsSame(s_issued))
            return Violation.LostInterrupt;
        for (uint line = 0; line < Count; line++)
        {
            if (PinOf(line) != 0 && !IsIssued(line))
                return Violation.StraySignal;
            if (!SlotOf(line)->IsEmpty && (!IsIssued(line) || SlotOf(line)->Cap.Type != CapType.Notification))
                return Violation.StraySignal;
        }

        return Violation.None;
    }

    /// <summary>Gets one more than the pin that an interrupt comes from; 0 for none.</summary>
    private static ref byte PinOf(uint line) => ref s_pins.Bytes[line];

    private static Slot* SlotOf(uint line)
    {
        fixed (SlotTable* table = &s_notifications)
            return (Slot*)table->Words + line;
    }

    private struct PinTable
    {
        public fixed byte Bytes[(int)Count];
    }

    private struct SlotTable
    {
        public fixed ulong Words[(int)Count * 4];
    }
}
