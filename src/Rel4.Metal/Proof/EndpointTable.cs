using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Proof;

/// <summary>Runs the design's table "The endpoint": every state with every operation, and Call and ReplyRecv, which are built on them.</summary>
/// <remarks>Every row starts with a fresh idle endpoint. Two threads wait where a queue is needed, so that its order and its end both show.</remarks>
internal static unsafe class EndpointTable
{
    /// <summary>Runs all rows.</summary>
    public static void Run(ref Stage stage, ref Report report)
    {
        report.Row("endpoint"u8, "idle"u8, "Send"u8, "caller queued, -> send"u8, IdleSend(ref stage));
        report.Row("endpoint"u8, "idle"u8, "NBSend"u8, "dropped"u8, IdleNBSend(ref stage));
        report.Row("endpoint"u8, "idle"u8, "Recv"u8, "caller queued, -> recv"u8, IdleRecv(ref stage));
        report.Row("endpoint"u8, "idle"u8, "NBRecv"u8, "badge 0"u8, IdleNBRecv(ref stage));
        report.Row("endpoint"u8, "idle"u8, "Call"u8, "caller queued, -> send; once received, awaits reply"u8, IdleCall(ref stage));
        report.Row("endpoint"u8, "idle"u8, "ReplyRecv"u8, "caller answered, server queued, -> recv"u8, IdleReplyRecv(ref stage));

        report.Row("endpoint"u8, "send"u8, "Send"u8, "caller queued last"u8, SendSend(ref stage));
        report.Row("endpoint"u8, "send"u8, "NBSend"u8, "dropped"u8, SendNBSend(ref stage));
        report.Row("endpoint"u8, "send"u8, "Recv"u8, "head sender's message; last one: -> idle"u8, SendReceive(ref stage, Syscall.Recv));
        report.Row("endpoint"u8, "send"u8, "NBRecv"u8, "head sender's message; last one: -> idle"u8, SendReceive(ref stage, Syscall.NBRecv));
        report.Row("endpoint"u8, "send"u8, "Call"u8, "caller queued last"u8, SendCall(ref stage));
        report.Row("endpoint"u8, "send"u8, "ReplyRecv"u8, "caller answered, head sender's message"u8, SendReplyRecv(ref stage));

        report.Row("endpoint"u8, "recv"u8, "Send"u8, "head receiver gets it, runnable; last one: -> idle"u8, RecvSend(ref stage, Syscall.Send));
        report.Row("endpoint"u8, "recv"u8, "NBSend"u8, "head receiver gets it, runnable; last one: -> idle"u8, RecvSend(ref stage, Syscall.NBSend));
        report.Row("endpoint"u8, "recv"u8, "Recv"u8, "caller queued last"u8, RecvRecv(ref stage));
        report.Row("endpoint"u8, "recv"u8, "NBRecv"u8, "badge 0"u8, RecvNBRecv(ref stage));
        report.Row("endpoint"u8, "recv"u8, "Call"u8, "head receiver gets it and a reply capability, good once"u8, RecvCall(ref stage));
        report.Row("endpoint"u8, "recv"u8, "ReplyRecv"u8, "caller answered, server queued last"u8, RecvReplyRecv(ref stage));
    }

    private static bool IdleSend(ref Stage stage)
    {
        stage.Reset();
        stage.Send(Actor.First);
        return stage.Endpoint->State == EndpointState.Send
            && stage.EndpointQueueIs(1, Actor.First)
            && stage.Waits(Actor.First, ThreadState.BlockedOnSend);
    }

    private static bool IdleNBSend(ref Stage stage)
    {
        stage.Reset();
        stage.Send(Actor.First, Syscall.NBSend);
        return stage.Endpoint->State == EndpointState.Idle
            && stage.EndpointQueueIs(0)
            && stage.Runs(Actor.First);
    }

    private static bool IdleRecv(ref Stage stage)
    {
        stage.Reset();
        stage.Receive(Actor.First);
        return stage.Endpoint->State == EndpointState.Receive
            && stage.EndpointQueueIs(1, Actor.First)
            && stage.Waits(Actor.First, ThreadState.BlockedOnReceive);
    }

    private static bool IdleNBRecv(ref Stage stage)
    {
        stage.Reset();
        stage.Receive(Actor.First, Syscall.NBRecv);
        return stage.Endpoint->State == EndpointState.Idle
            && stage.EndpointQueueIs(0)
            && stage.Runs(Actor.First)
            && stage.GotNothing(Actor.First);
    }

    private static bool IdleCall(ref Stage stage)
    {
        stage.Reset();
        stage.Send(Actor.First, Syscall.Call);
        bool queued = stage.Endpoint->State == EndpointState.Send
            && stage.EndpointQueueIs(1, Actor.First)
            && stage.Waits(Actor.First, ThreadState.BlockedOnSend);
        stage.Receive(Actor.Second);
        return queued
            && stage.Endpoint->State == EndpointState.Idle
            && stage.GotMessage(Actor.Second, Actor.First)
            && stage.HoldsReplyTo(Actor.Second, Actor.First)
            && stage.Waits(Actor.First, ThreadState.BlockedOnReply);
    }

    private static bool IdleReplyRecv(ref Stage stage)
    {
        stage.Reset();
        stage.Send(Actor.First, Syscall.Call);
        stage.Receive(Actor.Third);
        stage.ReplyAndReceive(Actor.Third);
        return stage.Runs(Actor.First)
            && stage.GotReply(Actor.First, Actor.Third)
            && !stage.HoldsReplyTo(Actor.Third, Actor.First)
            && stage.Endpoint->State == EndpointState.Receive
            && stage.EndpointQueueIs(1, Actor.Third)
            && stage.Waits(Actor.Third, ThreadState.BlockedOnReceive);
    }

    private static bool SendSend(ref Stage stage)
    {
        TwoSend(ref stage);
        stage.Send(Actor.Third);
        return stage.Endpoint->State == EndpointState.Send
            && stage.EndpointQueueIs(3, Actor.First, Actor.Second, Actor.Third)
            && stage.Waits(Actor.Third, ThreadState.BlockedOnSend);
    }

    private static bool SendNBSend(ref Stage stage)
    {
        TwoSend(ref stage);
        stage.Send(Actor.Third, Syscall.NBSend);
        return stage.Endpoint->State == EndpointState.Send
            && stage.EndpointQueueIs(2, Actor.First, Actor.Second)
            && stage.Runs(Actor.Third);
    }

    private static bool SendReceive(ref Stage stage, Syscall receive)
    {
        TwoSend(ref stage);
        stage.Receive(Actor.Third, receive);

        // The planted failure expects the queue's tail.
        Actor head = stage.PlantFailure && receive == Syscall.Recv ? Actor.Second : Actor.First;
        bool first = stage.GotMessage(Actor.Third, head)
            && stage.Runs(Actor.Third)
            && stage.Runs(Actor.First)
            && stage.Endpoint->State == EndpointState.Send
            && stage.EndpointQueueIs(1, Actor.Second);
        stage.Receive(Actor.Third, receive);
        return first
            && stage.GotMessage(Actor.Third, Actor.Second)
            && stage.Runs(Actor.Second)
            && stage.Endpoint->State == EndpointState.Idle
            && stage.EndpointQueueIs(0);
    }

    private static bool SendCall(ref Stage stage)
    {
        TwoSend(ref stage);
        stage.Send(Actor.Third, Syscall.Call);
        return stage.Endpoint->State == EndpointState.Send
            && stage.EndpointQueueIs(3, Actor.First, Actor.Second, Actor.Third)
            && stage.Waits(Actor.Third, ThreadState.BlockedOnSend);
    }

    private static bool SendReplyRecv(ref Stage stage)
    {
        stage.Reset();
        stage.Send(Actor.First, Syscall.Call);
        stage.Receive(Actor.Third);
        stage.Send(Actor.Second);
        stage.ReplyAndReceive(Actor.Third);
        return stage.Runs(Actor.First)
            && stage.GotReply(Actor.First, Actor.Third)
            && !stage.HoldsReplyTo(Actor.Third, Actor.First)
            && stage.Runs(Actor.Second)
            && stage.Runs(Actor.Third)
            && stage.GotMessage(Actor.Third, Actor.Second)
            && stage.Endpoint->State == EndpointState.Idle
            && stage.EndpointQueueIs(0);
    }

    private static bool RecvSend(ref Stage stage, Syscall send)
    {
        TwoReceive(ref stage);
        stage.Send(Actor.Third, send);
        bool first = stage.Runs(Actor.First)
            && stage.GotMessage(Actor.First, Actor.Third)
            && stage.Runs(Actor.Third)
            && stage.Endpoint->State == EndpointState.Receive
            && stage.EndpointQueueIs(1, Actor.Second);
        stage.Send(Actor.Third, send);
        return first
            && stage.Runs(Actor.Second)
            && stage.GotMessage(Actor.Second, Actor.Third)
            && stage.Endpoint->State == EndpointState.Idle
            && stage.EndpointQueueIs(0);
    }

    private static bool RecvRecv(ref Stage stage)
    {
        TwoReceive(ref stage);
        stage.Receive(Actor.Third);
        return stage.Endpoint->State == EndpointState.Receive
            && stage.EndpointQueueIs(3, Actor.First, Actor.Second, Actor.Third)
            && stage.Waits(Actor.Third, ThreadState.BlockedOnReceive);
    }

    private static bool RecvNBRecv(ref Stage stage)
    {
        TwoReceive(ref stage);
        stage.Receive(Actor.Third, Syscall.NBRecv);
        return stage.Endpoint->State == EndpointState.Receive
            && stage.EndpointQueueIs(2, Actor.First, Actor.Second)
            && stage.Runs(Actor.Third)
            && stage.GotNothing(Actor.Third);
    }

    private static bool RecvCall(ref Stage stage)
    {
        TwoReceive(ref stage);
        stage.Send(Actor.Third, Syscall.Call);
        bool called = stage.Runs(Actor.First)
            && stage.GotMessage(Actor.First, Actor.Third)
            && stage.HoldsReplyTo(Actor.First, Actor.Third)
            && stage.Waits(Actor.Third, ThreadState.BlockedOnReply)
            && stage.EndpointQueueIs(1, Actor.Second);
        stage.Reply(Actor.First);
        bool answered = stage.Runs(Actor.Third)
            && stage.GotReply(Actor.Third, Actor.First)
            && !stage.HoldsReplyTo(Actor.First, Actor.Third);

        // Nothing is left to reply with: the second caller goes on waiting for the second receiver's reply.
        stage.Send(Actor.Third, Syscall.Call);
        stage.Reply(Actor.First);
        return called
            && answered
            && stage.GotMessage(Actor.Second, Actor.Third)
            && stage.Waits(Actor.Third, ThreadState.BlockedOnReply)
            && stage.Endpoint->State == EndpointState.Idle;
    }

    private static bool RecvReplyRecv(ref Stage stage)
    {
        stage.Reset();
        stage.Send(Actor.First, Syscall.Call);
        stage.Receive(Actor.Third);
        stage.Receive(Actor.Second);
        stage.ReplyAndReceive(Actor.Third);
        return stage.Runs(Actor.First)
            && stage.GotReply(Actor.First, Actor.Third)
            && !stage.HoldsReplyTo(Actor.Third, Actor.First)
            && stage.Endpoint->State == EndpointState.Receive
            && stage.EndpointQueueIs(2, Actor.Second, Actor.Third)
            && stage.Waits(Actor.Third, ThreadState.BlockedOnReceive);
    }

    private static void TwoSend(ref Stage stage)
    {
        stage.Reset();
        stage.Send(Actor.First);
        stage.Send(Actor.Second);
    }

    private static void TwoReceive(ref Stage stage)
    {
        stage.Reset();
        stage.Receive(Actor.First);
        stage.Receive(Actor.Second);
    }
}
