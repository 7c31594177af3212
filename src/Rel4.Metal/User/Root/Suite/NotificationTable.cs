using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Runs the table "The notification" of <c>docs/architecture.md</c> between address spaces: every state with every operation, and a bound thread.</summary>
/// <remarks>Every row starts with a fresh idle notification. Each worker signals its own bit.</remarks>
internal static class NotificationTable
{
    /// <summary>Runs all rows.</summary>
    public static void Run(in Stage stage, ref Report report)
    {
        report.Row("notification"u8, "idle"u8, "Signal"u8, "word := badge, -> active"u8, IdleSignal(stage));
        report.Row("notification"u8, "idle"u8, "Wait"u8, "caller queued, -> waiting"u8, IdleWait(stage));
        report.Row("notification"u8, "idle"u8, "Poll"u8, "badge 0"u8, IdlePoll(stage));
        report.Row("notification"u8, "bound"u8, "Signal"u8, "delivered to the thread that receives from an endpoint"u8, BoundSignal(stage));

        report.Row("notification"u8, "waiting"u8, "Signal"u8, "head waiter gets the badge, runnable; last one: -> idle"u8, WaitingSignal(stage));
        report.Row("notification"u8, "waiting"u8, "Wait"u8, "caller queued last"u8, WaitingWait(stage));
        report.Row("notification"u8, "waiting"u8, "Poll"u8, "badge 0"u8, WaitingPoll(stage));

        report.Row("notification"u8, "active"u8, "Signal"u8, "word |= badge"u8, ActiveSignal(stage));
        report.Row("notification"u8, "active"u8, "Wait"u8, "word returned, word := 0, -> idle"u8, ActiveTake(stage, Syscall.Recv));
        report.Row("notification"u8, "active"u8, "Poll"u8, "word returned, word := 0, -> idle"u8, ActiveTake(stage, Syscall.NBRecv));
    }

    private static bool IdleSignal(in Stage stage)
    {
        stage.Reset();
        stage.Signal(Actor.First);
        return stage.Runs(Actor.First) && stage.TakeWord() == Stage.BadgeOf(Actor.First) && stage.TakeWord() == 0;
    }

    private static bool IdleWait(in Stage stage)
    {
        stage.Reset();
        stage.Wait(Actor.First);
        return stage.HeadWaiterIs(Actor.First) && stage.TakeWord() == 0;
    }

    private static bool IdlePoll(in Stage stage)
    {
        stage.Reset();
        stage.Wait(Actor.First, Syscall.NBRecv);
        return stage.GotNothing(Actor.First) && stage.TakeWord() == 0;
    }

    private static bool BoundSignal(in Stage stage)
    {
        stage.Reset();
        ulong thread = stage.Of(Actor.First).Thread;
        bool bound = SeL4.TCB_BindNotification(thread, stage.Notification) == SeL4Error.NoError;
        stage.Receive(Actor.First);
        bool waited = stage.Waits(Actor.First);
        stage.Signal(Actor.Second);
        bool got = stage.GotSignals(Actor.First, Stage.BadgeOf(Actor.Second)) && stage.EndpointIsIdle();
        return bound && waited && got && SeL4.TCB_UnbindNotification(thread) == SeL4Error.NoError && stage.TakeWord() == 0;
    }

    private static bool WaitingSignal(in Stage stage)
    {
        TwoWait(stage);
        stage.Signal(Actor.Third);
        bool first = stage.GotSignals(Actor.First, Stage.BadgeOf(Actor.Third)) && stage.Waits(Actor.Second);
        stage.Signal(Actor.Third);
        return first && stage.GotSignals(Actor.Second, Stage.BadgeOf(Actor.Third)) && stage.TakeWord() == 0;
    }

    private static bool WaitingWait(in Stage stage)
    {
        TwoWait(stage);
        stage.Wait(Actor.Third);
        return stage.HeadWaiterIs(Actor.First) && stage.HeadWaiterIs(Actor.Second) && stage.HeadWaiterIs(Actor.Third)
            && stage.TakeWord() == 0;
    }

    private static bool WaitingPoll(in Stage stage)
    {
        TwoWait(stage);
        stage.Wait(Actor.Third, Syscall.NBRecv);
        return stage.GotNothing(Actor.Third) && stage.HeadWaiterIs(Actor.First) && stage.HeadWaiterIs(Actor.Second);
    }

    private static bool ActiveSignal(in Stage stage)
    {
        TwoSignal(stage);
        return stage.Runs(Actor.Second) && stage.TakeWord() == (Stage.BadgeOf(Actor.First) | Stage.BadgeOf(Actor.Second));
    }

    private static bool ActiveTake(in Stage stage, Syscall take)
    {
        TwoSignal(stage);
        stage.Wait(Actor.Third, take);
        return stage.GotSignals(Actor.Third, Stage.BadgeOf(Actor.First) | Stage.BadgeOf(Actor.Second)) && stage.TakeWord() == 0;
    }

    private static void TwoWait(in Stage stage)
    {
        stage.Reset();
        stage.Wait(Actor.First);
        stage.Wait(Actor.Second);
    }

    private static void TwoSignal(in Stage stage)
    {
        stage.Reset();
        stage.Signal(Actor.First);
        stage.Signal(Actor.Second);
    }
}
