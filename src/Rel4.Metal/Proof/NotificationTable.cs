using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Proof;

/// <summary>Runs the design's table "The notification": every state with every operation, and a signal to a bound thread.</summary>
/// <remarks>Every row starts with a fresh idle notification. Each thread signals its own bit.</remarks>
internal static unsafe class NotificationTable
{
    /// <summary>Runs all rows.</summary>
    public static void Run(ref Stage stage, ref Report report)
    {
        report.Row("notification"u8, "idle"u8, "Signal"u8, "word := badge, -> active"u8, IdleSignal(ref stage));
        report.Row("notification"u8, "idle"u8, "Wait"u8, "caller queued, -> waiting"u8, IdleWait(ref stage));
        report.Row("notification"u8, "idle"u8, "Poll"u8, "badge 0"u8, IdlePoll(ref stage));
        report.Row("notification"u8, "bound"u8, "Signal"u8, "delivered to the thread that receives from an endpoint"u8, BoundSignal(ref stage));

        report.Row("notification"u8, "waiting"u8, "Signal"u8, "head waiter gets the badge, runnable; last one: -> idle"u8, WaitingSignal(ref stage));
        report.Row("notification"u8, "waiting"u8, "Wait"u8, "caller queued last"u8, WaitingWait(ref stage));
        report.Row("notification"u8, "waiting"u8, "Poll"u8, "badge 0"u8, WaitingPoll(ref stage));

        report.Row("notification"u8, "active"u8, "Signal"u8, "word |= badge"u8, ActiveSignal(ref stage));
        report.Row("notification"u8, "active"u8, "Wait"u8, "word returned, word := 0, -> idle"u8, ActiveTake(ref stage, Syscall.Recv));
        report.Row("notification"u8, "active"u8, "Poll"u8, "word returned, word := 0, -> idle"u8, ActiveTake(ref stage, Syscall.NBRecv));
    }

    private static bool IdleSignal(ref Stage stage)
    {
        stage.Reset();
        stage.Signal(Actor.First);
        return stage.NotificationIs(NotificationState.Active, Stage.BadgeOf(Actor.First))
            && stage.NotificationQueueIs(0)
            && stage.Runs(Actor.First);
    }

    private static bool IdleWait(ref Stage stage)
    {
        stage.Reset();
        stage.Wait(Actor.First);
        return stage.NotificationIs(NotificationState.Waiting, 0)
            && stage.NotificationQueueIs(1, Actor.First)
            && stage.Waits(Actor.First, ThreadState.BlockedOnNotification);
    }

    private static bool IdlePoll(ref Stage stage)
    {
        stage.Reset();
        stage.Wait(Actor.First, Syscall.NBRecv);
        return stage.NotificationIs(NotificationState.Idle, 0)
            && stage.NotificationQueueIs(0)
            && stage.Runs(Actor.First)
            && stage.GotNothing(Actor.First);
    }

    private static bool BoundSignal(ref Stage stage)
    {
        stage.Reset();
        stage.Bind(Actor.First);
        stage.Receive(Actor.First);
        stage.Signal(Actor.Second);
        return stage.Runs(Actor.First)
            && stage.GotSignals(Actor.First, Stage.BadgeOf(Actor.Second))
            && stage.NotificationIs(NotificationState.Idle, 0)
            && stage.Endpoint->State == EndpointState.Idle
            && stage.EndpointQueueIs(0);
    }

    private static bool WaitingSignal(ref Stage stage)
    {
        TwoWait(ref stage);
        stage.Signal(Actor.Third);
        bool first = stage.Runs(Actor.First)
            && stage.GotSignals(Actor.First, Stage.BadgeOf(Actor.Third))
            && stage.NotificationIs(NotificationState.Waiting, 0)
            && stage.NotificationQueueIs(1, Actor.Second);
        stage.Signal(Actor.Third);
        return first
            && stage.Runs(Actor.Second)
            && stage.GotSignals(Actor.Second, Stage.BadgeOf(Actor.Third))
            && stage.NotificationIs(NotificationState.Idle, 0)
            && stage.NotificationQueueIs(0);
    }

    private static bool WaitingWait(ref Stage stage)
    {
        TwoWait(ref stage);
        stage.Wait(Actor.Third);
        return stage.NotificationIs(NotificationState.Waiting, 0)
            && stage.NotificationQueueIs(3, Actor.First, Actor.Second, Actor.Third)
            && stage.Waits(Actor.Third, ThreadState.BlockedOnNotification);
    }

    private static bool WaitingPoll(ref Stage stage)
    {
        TwoWait(ref stage);
        stage.Wait(Actor.Third, Syscall.NBRecv);
        return stage.NotificationIs(NotificationState.Waiting, 0)
            && stage.NotificationQueueIs(2, Actor.First, Actor.Second)
            && stage.Runs(Actor.Third)
            && stage.GotNothing(Actor.Third);
    }

    private static bool ActiveSignal(ref Stage stage)
    {
        stage.Reset();
        stage.Signal(Actor.First);
        stage.Signal(Actor.Second);
        return stage.NotificationIs(NotificationState.Active, Stage.BadgeOf(Actor.First) | Stage.BadgeOf(Actor.Second))
            && stage.NotificationQueueIs(0)
            && stage.Runs(Actor.Second);
    }

    private static bool ActiveTake(ref Stage stage, Syscall take)
    {
        stage.Reset();
        stage.Signal(Actor.First);
        stage.Signal(Actor.Second);
        stage.Wait(Actor.Third, take);
        return stage.Runs(Actor.Third)
            && stage.GotSignals(Actor.Third, Stage.BadgeOf(Actor.First) | Stage.BadgeOf(Actor.Second))
            && stage.NotificationIs(NotificationState.Idle, 0)
            && stage.NotificationQueueIs(0);
    }

    private static void TwoWait(ref Stage stage)
    {
        stage.Reset();
        stage.Wait(Actor.First);
        stage.Wait(Actor.Second);
    }
}
