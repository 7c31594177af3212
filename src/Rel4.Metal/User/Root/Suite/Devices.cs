using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Takes I/O ports and an interrupt: the ports and line 0 of the 8254 timer.</summary>
internal static class Devices
{
    private const ushort Counter0 = 0x40;
    private const ushort Counter2 = 0x42;
    private const ushort Mode = 0x43;
    private const byte Counter0CountDownOnce = 0x30;
    private const ulong TimerLine = 0;
    private const ulong Badge = 0x10;

    // Where the timer's line comes in at the I/O APIC of a PC.
    private const ulong TimerPin = 2;
    private const ulong Vector = 5;

    // Counts at 1.19 MHz, so that the interrupt comes within a millisecond.
    private const ushort Count = 500;

    // More than a millisecond on any processor.
    private const ulong Patience = 10_000_000;

    /// <summary>Runs all rows.</summary>
    public static void Run(ref Report report)
    {
        ulong ports = Objects.TakeSlot(), line = Objects.TakeSlot(), notification = Objects.Mint(Objects.Make(ObjectType.Notification), Badge);
        report.Row("ports"u8, "free"u8, "Issue"u8, "taken once; empty and unknown ranges are refused"u8, IssuePorts(ports));
        report.Row("ports"u8, "taken"u8, "In, Out"u8, "only inside the range, whatever the width"u8, UsePorts(ports));
        report.Row("ports"u8, "deleted"u8, "Issue"u8, "free again when the last copy is gone"u8, DeletePorts(ports));
        report.Row("interrupt"u8, "free"u8, "Get"u8, "taken once; unknown lines are refused"u8, IssueLine(line));
        report.Row("interrupt"u8, "no signal set"u8, "SetNotification"u8, "only a notification that may be signalled"u8, SetNotification(line, notification));
        report.Row("interrupt"u8, "waited for"u8, "comes"u8, "the waiter gets the badge, from an idle machine"u8, Comes(ports, line, notification));
        report.Row("interrupt"u8, "handled"u8, "Ack"u8, "comes again only then"u8, ComesAgain(ports, line, notification));
        report.Row("interrupt"u8, "deleted"u8, "comes"u8, "no signal; the line is free again"u8, DeleteLine(ports, line, notification));
        report.Row("interrupt"u8, "pin free"u8, "GetIOAPIC"u8, "taken once; unknown pins are refused"u8, IssuePin(line));
        report.Row("interrupt"u8, "pin waited for"u8, "comes"u8, "edges come one after the other, acknowledged or not"u8, EdgesCome(ports, line, notification));
    }

    private static SeL4Error TakePorts(ulong slot, ulong first, ulong last) =>
        SeL4.X86_IOPortControl_Issue(RootSlot.IOPortControl, first, last, RootSlot.CNode, slot, Limits.WordBits);

    private static SeL4Error TakeLine(ulong slot, ulong line) =>
        SeL4.IRQControl_Get(RootSlot.IrqControl, line, RootSlot.CNode, slot, Limits.WordBits);

    private static bool IssuePorts(ulong ports)
    {
        ulong other = Objects.TakeSlot();
        return TakePorts(ports, Mode, Counter0) == SeL4Error.InvalidArgument
            && TakePorts(ports, 0xFFFF, 0x1_0000) == SeL4Error.InvalidArgument
            && TakePorts(RootSlot.Tcb, Counter0, Mode) == SeL4Error.DeleteFirst
            && TakePorts(ports, Counter0, Mode) == SeL4Error.NoError
            && TakePorts(other, Mode, Mode + 1) == SeL4Error.RevokeFirst
            && TakePorts(other, Counter2, Counter2) == SeL4Error.RevokeFirst;
    }

    private static bool UsePorts(ulong ports) =>
        SeL4.X86_IOPort_In8(ports, Counter0, out _) == SeL4Error.NoError
        && SeL4.X86_IOPort_In8(ports, Counter0 - 1, out _) == SeL4Error.IllegalOperation
        && SeL4.X86_IOPort_In8(ports, Mode + 1, out _) == SeL4Error.IllegalOperation
        && SeL4.X86_IOPort_In16(ports, Counter2, out _) == SeL4Error.NoError
        && SeL4.X86_IOPort_In16(ports, Mode, out _) == SeL4Error.IllegalOperation
        && SeL4.X86_IOPort_In32(ports, Counter0, out _) == SeL4Error.NoError
        && SeL4.X86_IOPort_Out32(ports, Counter0 + 1, 0) == SeL4Error.IllegalOperation
        && SeL4.X86_IOPort_Out16(ports, Mode, 0) == SeL4Error.IllegalOperation
        && SeL4.X86_IOPort_Out8(ports, Mode + 1, 0) == SeL4Error.IllegalOperation;

    private static bool DeletePorts(ulong ports)
    {
        ulong copy = Objects.Copy(ports);
        return Objects.Delete(ports) == SeL4Error.NoError
            && TakePorts(ports, Counter0, Mode) == SeL4Error.RevokeFirst
            && Objects.Delete(copy) == SeL4Error.NoError
            && TakePorts(ports, Counter0, Mode) == SeL4Error.NoError;
    }

    private static bool IssueLine(ulong line) =>
        TakeLine(line, 16) == SeL4Error.RangeError
        && TakeLine(line, 2) == SeL4Error.RangeError
        && TakeLine(line, TimerLine) == SeL4Error.NoError
        && TakeLine(Objects.TakeSlot(), TimerLine) == SeL4Error.RevokeFirst;

    private static bool SetNotification(ulong line, ulong notification) =>
        SeL4.IRQHandler_SetNotification(line, RootSlot.Tcb) == SeL4Error.InvalidCapability
        && SeL4.IRQHandler_SetNotification(line, Objects.Copy(notification, CapRights.Read)) == SeL4Error.InvalidCapability
        && SeL4.IRQHandler_SetNotification(line, notification) == SeL4Error.NoError;

    private static bool Comes(ulong ports, ulong line, ulong notification)
    {
        // What the timer did before is over: nothing was told of it.
        StartTimer(ports);
        bool acknowledged = SeL4.IRQHandler_Ack(line) == SeL4Error.NoError;
        SeL4.Wait(notification, out ulong badge);
        return acknowledged && badge == Badge;
    }

    private static bool ComesAgain(ulong ports, ulong line, ulong notification)
    {
        StartTimer(ports);
        Pause();
        SeL4.Poll(notification, out ulong masked);
        bool acknowledged = SeL4.IRQHandler_Ack(line) == SeL4Error.NoError;
        SeL4.Wait(notification, out ulong badge);
        return masked == 0 && acknowledged && badge == Badge;
    }

    private static bool DeleteLine(ulong ports, ulong line, ulong notification)
    {
        bool deleted = SeL4.IRQHandler_Ack(line) == SeL4Error.NoError && Objects.Delete(line) == SeL4Error.NoError;
        StartTimer(ports);
        Pause();
        SeL4.Poll(notification, out ulong badge);
        return deleted && badge == 0 && TakeLine(line, TimerLine) == SeL4Error.NoError && Objects.Delete(line) == SeL4Error.NoError;
    }

    private static SeL4Error TakePin(ulong slot, ulong pin, ulong vector) =>
        SeL4.IRQControl_GetIOAPIC(RootSlot.IrqControl, RootSlot.CNode, slot, Limits.WordBits, 0, pin, 0, 0, vector);

    private static bool IssuePin(ulong slot) =>
        TakePin(slot, 24, Vector) == SeL4Error.RangeError
        && TakePin(slot, TimerPin, 108) == SeL4Error.RangeError
        && TakePin(slot, TimerPin, Vector) == SeL4Error.NoError
        && TakePin(Objects.TakeSlot(), TimerPin, Vector + 1) == SeL4Error.RevokeFirst
        && TakePin(Objects.TakeSlot(), TimerPin + 1, Vector) == SeL4Error.RevokeFirst;

    private static bool EdgesCome(ulong ports, ulong slot, ulong notification)
    {
        Terminal.Require(SeL4.IRQHandler_SetNotification(slot, notification), "setting a pin's signal"u8);
        StartTimer(ports);
        SeL4.Wait(notification, out ulong first);
        StartTimer(ports);
        SeL4.Wait(notification, out ulong second);
        return first == Badge && second == Badge && Objects.Delete(slot) == SeL4Error.NoError;
    }

    private static void StartTimer(ulong ports)
    {
        Terminal.Require(SeL4.X86_IOPort_Out8(ports, Mode, Counter0CountDownOnce), "setting the timer"u8);
        Terminal.Require(SeL4.X86_IOPort_Out8(ports, Counter0, Count & 0xFF), "setting the timer"u8);
        Terminal.Require(SeL4.X86_IOPort_Out8(ports, Counter0, Count >> 8), "setting the timer"u8);
    }

    private static void Pause()
    {
        ulong start = TaskCode.Timestamp();
        while (TaskCode.Timestamp() - start < Patience)
        {
        }
    }
}
