using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Checks priorities and time slices, with workers that never end by themselves (manual section "Scheduling").</summary>
internal static unsafe class Scheduling
{
    // Ends the wait for a slice that never ends: far more than a slice takes to go round.
    private const int Rounds = 8;

    /// <summary>Runs all rows.</summary>
    public static void Run(in Stage stage, in CodePage first, in CodePage second, ref Report report)
    {
        report.Row("scheduling"u8, "lower"u8, "made runnable"u8, "doesn't run while a higher one does"u8, LowerWaits(stage));
        report.Row("scheduling"u8, "lower"u8, "higher waits"u8, "runs, and wakes it"u8, LowerRuns(stage));
        report.Row("scheduling"u8, "higher"u8, "made runnable"u8, "runs at once"u8, HigherPreempts(stage));
        report.Row("scheduling"u8, "equal"u8, "endless loop"u8, "its slice ends, others go on"u8, SliceEnds(stage));
        report.Row("scheduling"u8, "equal"u8, "two loops"u8, "each gets about the same"u8, SlicesAreShared(stage));
        report.Row(
            "scheduling"u8, "equal"u8, "Yield"u8, "the other runs; each finds its floating-point registers as they were"u8,
            YieldKeepsRegisters(stage, first, second));
        report.Row("scheduling"u8, "raised"u8, "SetPriority"u8, "not above the authority's maximum: RangeError"u8, PriorityIsBounded(stage));
        stage.Of(Actor.First).Stop();
        stage.Of(Actor.First).SetPriority(Priority.Worker);
    }

    private static bool LowerWaits(in Stage stage)
    {
        ref ChildTask task = ref Begin(stage, Priority.Low);
        task.Command(WorkerCommand.Count);
        for (int i = 0; i < 1000; i++)
            SeL4.Yield();
        return task.Page->Turns == 0;
    }

    private static bool LowerRuns(in Stage stage)
    {
        Begin(stage, Priority.Low);
        stage.Signal(Actor.First);
        bool waited = stage.Waits(Actor.First);
        SeL4.Wait(stage.Notification, out ulong word);
        return waited && word == Stage.BadgeOf(Actor.First);
    }

    private static bool HigherPreempts(in Stage stage)
    {
        ref ChildTask task = ref Begin(stage, Priority.Root + 1);
        task.Command(WorkerCommand.Read, TaskLayout.Commands);
        return task.IsDone;
    }

    private static bool SliceEnds(in Stage stage)
    {
        ref ChildTask task = ref Begin(stage, Priority.Root);
        task.Command(WorkerCommand.Count);
        SeL4.Yield();
        ulong after = task.Page->Turns;
        SeL4.Yield();
        return after > 0 && task.Page->Turns > after;
    }

    private static bool SlicesAreShared(in Stage stage)
    {
        ref ChildTask first = ref Begin(stage, Priority.Root);
        ref ChildTask second = ref stage.Of(Actor.Second);
        second.SetPriority(Priority.Root);
        first.Command(WorkerCommand.Count);
        second.Command(WorkerCommand.Count);
        for (int i = 0; i < Rounds; i++)
            SeL4.Yield();
        second.Stop();
        second.SetPriority(Priority.Worker);
        ulong one = first.Page->Turns, other = second.Page->Turns;

        // In one slice more or less than the other at most.
        return one > 0 && other > 0 && Math.Max(one, other) - Math.Min(one, other) <= Math.Max(one, other) / 4;
    }

    private static bool YieldKeepsRegisters(in Stage stage, in CodePage firstCode, in CodePage secondCode)
    {
        // mov rax, word; movq xmm7, rax; mov rdx, Yield; syscall; movq rcx, xmm7; cmp rax, rcx; je end; ud2; end: ret
        ReadOnlySpan<byte> instructions =
        [
            0x48, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0x66, 0x48, 0x0F, 0x6E, 0xF8, 0x48, 0xC7, 0xC2, 0xF9, 0xFF, 0xFF, 0xFF, 0x0F, 0x05,
            0x66, 0x48, 0x0F, 0x7E, 0xF9, 0x48, 0x39, 0xC8, 0x74, 0x02, 0x0F, 0x0B, 0xC3,
        ];
        const int Word = 2;
        ref ChildTask first = ref Begin(stage, Priority.Root);
        ref ChildTask second = ref stage.Of(Actor.Second);
        second.SetPriority(Priority.Root);
        firstCode.Write(instructions);
        firstCode.Write(Word, 0x1111_2222_3333_4444);
        secondCode.Write(instructions);
        secondCode.Write(Word, 0x5555_6666_7777_8888);
        first.Command(WorkerCommand.Run, CodePage.Address);
        second.Command(WorkerCommand.Run, CodePage.Address);
        for (int i = 0; i < Rounds; i++)
            SeL4.Yield();
        second.SetPriority(Priority.Worker);
        return first.IsDone && second.IsDone;
    }

    private static bool PriorityIsBounded(in Stage stage)
    {
        const ulong Own = TaskLayout.FirstFree;
        ref ChildTask task = ref Begin(stage, Priority.Worker);
        task.TakeAway(Own);
        task.Grant(task.Thread, Own, CapRights.All);
        task.Buffer->CapsOrBadges[0] = Own;
        task.Trap(Syscall.Call, Own, new MessageInfo((ulong)InvocationLabel.TcbSetPriority, 0, 1, 1), new Words { Word0 = Priority.Worker + 1 });
        bool refused = task.IsDone && task.Page->Received.Label == (ulong)SeL4Error.RangeError;
        task.TakeAway(Own);
        return refused;
    }

    /// <summary>Begins a row with the first worker waiting for a command at a priority.</summary>
    private static ref ChildTask Begin(in Stage stage, ulong priority)
    {
        // It begins high, so that it waits for a command when its priority falls; and not in the endless loop of the last row.
        stage.Of(Actor.First).Stop();
        stage.Of(Actor.First).SetPriority(Priority.Worker);
        stage.Reset();
        stage.Of(Actor.First).SetPriority(priority);
        return ref stage.Of(Actor.First);
    }
}
