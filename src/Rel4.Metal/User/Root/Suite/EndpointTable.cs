using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Runs the table "The endpoint" of <c>docs/architecture.md</c> between address spaces: every state with every operation, and Call and ReplyRecv.</summary>
/// <remarks>Every row starts with a fresh idle endpoint. Two workers wait where a queue is needed, so that its order and its end both show.</remarks>
internal static class EndpointTable
{
    /// <summary>Runs all rows.</summary>
    public static void Run(in Stage stage, ref Report report)
    {
        report.Row("endpoint"u8, "idle"u8, "Send"u8, "caller queued, -> send"u8, IdleSend(stage));
        report.Row("endpoint"u8, "idle"u8, "NBSend"u8, "dropped"u8, IdleNBSend(stage));
        report.Row("endpoint"u8, "idle"u8, "Recv"u8, "caller queued, -> recv"u8, IdleRecv(stage));
        report.Row("endpoint"u8, "idle"u8, "NBRecv"u8, "badge 0"u8, IdleNBRecv(stage));
        report.Row("endpoint"u8, "idle"u8, "Call"u8, "caller queued, -> send; once received, awaits reply"u8, IdleCall(stage));
        report.Row("endpoint"u8, "idle"u8, "ReplyRecv"u8, "caller answered, server queued, -> recv"u8, IdleReplyRecv(stage));

        report.Row("endpoint"u8, "send"u8, "Send"u8, "caller queued last"u8, SendSend(stage));
        report.Row("endpoint"u8, "send"u8, "NBSend"u8, "dropped"u8, SendNBSend(stage));
        report.Row("endpoint"u8, "send"u8, "Recv"u8, "head sender's message; last one: -> idle"u8, SendReceive(stage, Syscall.Recv));
        report.Row("endpoint"u8, "send"u8, "NBRecv"u8, "head sender's message; last one: -> idle"u8, SendReceive(stage, Syscall.NBRecv));
        report.Row("endpoint"u8, "send"u8, "Call"u8, "caller queued last"u8, SendCall(stage));
        report.Row("endpoint"u8, "send"u8, "ReplyRecv"u8, "caller answered, head sender's message"u8, SendReplyRecv(stage));

        report.Row("endpoint"u8, "recv"u8, "Send"u8, "head receiver gets it, runnable; last one: -> idle"u8, RecvSend(stage, Syscall.Send));
        report.Row("endpoint"u8, "recv"u8, "NBSend"u8, "head receiver gets it, runnable; last one: -> idle"u8, RecvSend(stage, Syscall.NBSend));
        report.Row("endpoint"u8, "recv"u8, "Recv"u8, "caller queued last"u8, RecvRecv(stage));
        report.Row("endpoint"u8, "recv"u8, "NBRecv"u8, "badge 0"u8, RecvNBRecv(stage));
        report.Row("endpoint"u8, "recv"u8, "Call"u8, "head receiver gets it and a reply capability, good once"u8, RecvCall(stage));
        report.Row("endpoint"u8, "recv"u8, "ReplyRecv"u8, "caller answered, server queued last"u8, RecvReplyRecv(stage));
    }

    private static bool IdleSend(in Stage stage)
    {
        stage.Reset();
        stage.Send(Actor.First);
        return stage.HeadSenderIs(Actor.First) && stage.EndpointIsIdle();
    }

    private static bool IdleNBSend(in Stage stage)
    {
        stage.Reset();
        stage.Send(Actor.First, Syscall.NBSend);
        return stage.EndpointIsIdle();
    }

    private static bool IdleRecv(in Stage stage)
    {
        stage.Reset();
        stage.Receive(Actor.First);
        return stage.HeadReceiverIs(Actor.First) && stage.EndpointIsIdle();
    }

    private static bool IdleNBRecv(in Stage stage)
    {
        stage.Reset();
        stage.Receive(Actor.First, Syscall.NBRecv);
        return stage.GotNothing(Actor.First) && stage.EndpointIsIdle();
    }

    private static bool IdleCall(in Stage stage)
    {
        stage.Reset();
        stage.Send(Actor.First, Syscall.Call);
        bool queued = stage.Waits(Actor.First);
        stage.Receive(Actor.Second);
        bool received = stage.GotMessage(Actor.Second, Actor.First) && stage.Waits(Actor.First);
        stage.Reply(Actor.Second);
        return queued && received && stage.GotReply(Actor.First, Actor.Second) && stage.EndpointIsIdle();
    }

    private static bool IdleReplyRecv(in Stage stage)
    {
        stage.Reset();
        stage.Send(Actor.First, Syscall.Call);
        stage.Receive(Actor.Third);
        stage.ReplyAndReceive(Actor.Third);
        return stage.GotReply(Actor.First, Actor.Third) && stage.HeadReceiverIs(Actor.Third) && stage.EndpointIsIdle();
    }

    private static bool SendSend(in Stage stage)
    {
        TwoSend(stage);
        stage.Send(Actor.Third);
        return ThreeSendersWait(stage) && stage.EndpointIsIdle();
    }

    private static bool SendNBSend(in Stage stage)
    {
        TwoSend(stage);
        stage.Send(Actor.Third, Syscall.NBSend);
        return stage.Runs(Actor.Third) && stage.HeadSenderIs(Actor.First) && stage.HeadSenderIs(Actor.Second) && stage.EndpointIsIdle();
    }

    private static bool SendReceive(in Stage stage, Syscall receive)
    {
        TwoSend(stage);
        stage.Receive(Actor.Third, receive);

        // The planted failure expects the queue's tail.
        Actor head = stage.PlantFailure && receive == Syscall.Recv ? Actor.Second : Actor.First;
        bool first = stage.GotMessage(Actor.Third, head) && stage.Runs(Actor.First) && stage.Waits(Actor.Second);
        stage.Receive(Actor.Third, receive);
        return first && stage.GotMessage(Actor.Third, Actor.Second) && stage.Runs(Actor.Second) && stage.EndpointIsIdle();
    }

    private static bool SendCall(in Stage stage)
    {
        TwoSend(stage);
        stage.Send(Actor.Third, Syscall.Call);
        bool queued = ThreeSendersWait(stage) && stage.Waits(Actor.Third);
        SeL4.ReplyWithMRs(default);
        return queued && stage.EndpointIsIdle();
    }

    private static bool SendReplyRecv(in Stage stage)
    {
        stage.Reset();
        stage.Send(Actor.First, Syscall.Call);
        stage.Receive(Actor.Third);
        stage.Send(Actor.Second);
        bool queued = stage.Waits(Actor.Second);
        stage.ReplyAndReceive(Actor.Third);
        return queued
            && stage.GotReply(Actor.First, Actor.Third)
            && stage.GotMessage(Actor.Third, Actor.Second)
            && stage.EndpointIsIdle();
    }

    private static bool RecvSend(in Stage stage, Syscall send)
    {
        TwoReceive(stage);
        stage.Send(Actor.Third, send);
        bool first = stage.GotMessage(Actor.First, Actor.Third) && stage.Runs(Actor.Third) && stage.Waits(Actor.Second);
        stage.Send(Actor.Third, send);
        return first && stage.GotMessage(Actor.Second, Actor.Third) && stage.EndpointIsIdle();
    }

    private static bool RecvRecv(in Stage stage)
    {
        TwoReceive(stage);
        stage.Receive(Actor.Third);
        return stage.HeadReceiverIs(Actor.First) && stage.HeadReceiverIs(Actor.Second) && stage.HeadReceiverIs(Actor.Third)
            && stage.EndpointIsIdle();
    }

    private static bool RecvNBRecv(in Stage stage)
    {
        TwoReceive(stage);
        stage.Receive(Actor.Third, Syscall.NBRecv);
        return stage.GotNothing(Actor.Third) && stage.HeadReceiverIs(Actor.First) && stage.HeadReceiverIs(Actor.Second)
            && stage.EndpointIsIdle();
    }

    private static bool RecvCall(in Stage stage)
    {
        TwoReceive(stage);
        stage.Send(Actor.Third, Syscall.Call);
        bool called = stage.GotMessage(Actor.First, Actor.Third) && stage.Waits(Actor.Third) && stage.Waits(Actor.Second);
        stage.Reply(Actor.First);
        bool answered = stage.GotReply(Actor.Third, Actor.First);

        // Nothing is left to reply with: the next call waits for the second receiver's reply.
        stage.Send(Actor.Third, Syscall.Call);
        stage.Reply(Actor.First);
        bool waits = stage.GotMessage(Actor.Second, Actor.Third) && stage.Waits(Actor.Third);
        stage.Reply(Actor.Second);
        return called && answered && waits && stage.GotReply(Actor.Third, Actor.Second) && stage.EndpointIsIdle();
    }

    private static bool RecvReplyRecv(in Stage stage)
    {
        stage.Reset();
        stage.Send(Actor.First, Syscall.Call);
        stage.Receive(Actor.Third);
        stage.Receive(Actor.Second);
        stage.ReplyAndReceive(Actor.Third);
        return stage.GotReply(Actor.First, Actor.Third) && stage.HeadReceiverIs(Actor.Second) && stage.HeadReceiverIs(Actor.Third)
            && stage.EndpointIsIdle();
    }

    private static bool ThreeSendersWait(in Stage stage) =>
        stage.HeadSenderIs(Actor.First) && stage.HeadSenderIs(Actor.Second) && stage.HeadSenderIs(Actor.Third);

    private static void TwoSend(in Stage stage)
    {
        stage.Reset();
        stage.Send(Actor.First);
        stage.Send(Actor.Second);
    }

    private static void TwoReceive(in Stage stage)
    {
        stage.Reset();
        stage.Receive(Actor.First);
        stage.Receive(Actor.Second);
    }
}
