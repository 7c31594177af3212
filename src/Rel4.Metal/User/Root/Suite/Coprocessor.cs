using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Lets a task make x87 errors: they are its own exceptions, and not interrupts of whoever has line 13 (CR0.NE).</summary>
internal static unsafe class Coprocessor
{
    private const ulong Badge = 0xA7;
    private const ulong Line = 13;
    private const ulong FloatingPointError = 16;

    // fninit; push 0x37B (division by zero unmasked); fldcw [rsp]; pop rax; fld1; fldz; fdivp; fwait; fninit; ret
    private static ReadOnlySpan<byte> Divide =>
    [
        0xDB, 0xE3, 0x68, 0x7B, 0x03, 0, 0, 0xD9, 0x2C, 0x24, 0x58, 0xD9, 0xE8, 0xD9, 0xEE, 0xDE, 0xF9, 0x9B, 0xDB, 0xE3, 0xC3,
    ];

    /// <summary>Runs all rows.</summary>
    public static void Run(in Stage stage, in CodePage code, ref Report report)
    {
        // First, since the line's level stays up, so that only the first error would make an edge. Without its lock, QEMU 7.2 does not survive that.
        report.Row("interrupt"u8, "line 13 taken"u8, "x87 error"u8, "no signal: the task has no capability to the line"u8, RaisesNoLine(stage, code));
        report.Row("fault"u8, "exception"u8, "x87"u8, "handler told vector 16"u8, IsTold(stage, code));
    }

    private static bool IsTold(in Stage stage, in CodePage code)
    {
        RunDivide(stage, code);
        CommandPage* page = stage.Of(Actor.Second).Page;
        return stage.Runs(Actor.Second) && page->Badge == Badge && page->Received.Label == (ulong)FaultType.UserException
            && page->Got.Word3 == FloatingPointError && stage.Waits(Actor.First);
    }

    private static bool RaisesNoLine(in Stage stage, in CodePage code)
    {
        ulong line = Objects.TakeSlot(), notification = Objects.Mint(Objects.Make(ObjectType.Notification), Badge);
        Terminal.Require(SeL4.IRQControl_Get(RootSlot.IrqControl, Line, RootSlot.CNode, line, Limits.WordBits), "line 13"u8);
        Terminal.Require(SeL4.IRQHandler_SetNotification(line, notification), "line 13's signal"u8);
        RunDivide(stage, code);
        for (int i = 0; i < 100; i++)
            SeL4.Yield();
        SeL4.Poll(notification, out ulong word);
        Objects.Delete(line);
        return word == 0;
    }

    private static void RunDivide(in Stage stage, in CodePage code)
    {
        stage.Reset();
        stage.Of(Actor.First).TakeAway(TaskLayout.FaultSlot);
        stage.Of(Actor.First).Grant(stage.Endpoint, TaskLayout.FaultSlot, CapRights.All, Badge);
        stage.Receive(Actor.Second);
        code.Write(Divide);
        stage.Of(Actor.First).Command(WorkerCommand.Run, CodePage.Address);
    }
}
