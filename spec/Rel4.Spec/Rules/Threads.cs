using System.Collections.Immutable;

namespace Rel4.Spec.Rules;

/// <summary>The rules that stop threads and let them run again (manual, "Thread Deactivation").</summary>
public static class Threads
{
    /// <summary>Gives a thread another state.</summary>
    public static SpecState SetState(this SpecState s, ulong thread, ThreadState state) => s.Put(s.Thread(thread) with { State = state });

    /// <summary>Ends what a thread waits for, whose state the caller then sets. A reply that it waited for can't come any more.</summary>
    public static SpecState CancelIpc(this SpecState s, ulong thread)
    {
        s = s.Thread(thread).State switch
        {
            BlockedOnSend send => s.LeaveEndpoint(send.Endpoint, thread),
            BlockedOnReceive receive => s.LeaveEndpoint(receive.Endpoint, thread),
            BlockedOnNotification wait => s.LeaveNotification(wait.Notification, thread),
            BlockedOnReply => s.FirstChild(new SlotId(thread, TcbSlot.MasterReply)) is { } reply ? s.Empty(reply) : s,
            _ => s,
        };
        return s.Put(s.Thread(thread) with { Fault = null });
    }

    /// <summary>Stops a thread.</summary>
    /// <remarks>
    /// Resumed later, it goes on where it was, if it ran; if it waited in a system call, it executes that again. The current thread counts
    /// as running:
    /// it goes on behind the system call with which it stopped itself.
    /// </remarks>
    public static SpecState Suspend(this SpecState s, ulong thread)
    {
        s = s.CancelIpc(thread).Withdraw(thread);
        Thread stopped = s.Thread(thread);
        if (stopped.State is Running)
            stopped = stopped with { FaultIP = stopped[Register.Rip] };
        return s.Put(stopped with { State = new Inactive() });
    }

    /// <summary>Gives the address at which a thread will go on.</summary>
    public static ulong ContinuationIP(this Thread thread) => thread.State is Running ? thread[Register.Rip] : thread.FaultIP;

    /// <summary>Lets a thread run again that is stopped or waits for something.</summary>
    public static SpecState Resume(this SpecState s, ulong thread) =>
        s.Thread(thread).IsRunnable ? s : s.CancelIpc(thread).SetState(thread, new Restart()).MakeReady(thread);

    /// <summary>
    /// Sends all threads of an endpoint's or notification's queue back to their system call, which finds the object gone.
    /// </summary>
    public static SpecState CancelAllWaiting(this SpecState s, ulong address) =>
        s.QueueOf(address).Aggregate(s, RestartWaiting);

    /// <summary>Sends the senders that used a badge back to their system call (manual, <c>CNode_CancelBadgedSends</c>).</summary>
    public static SpecState CancelBadgedSends(this SpecState s, ulong endpoint, ulong badge) => s.QueueOf(endpoint)
        .Where(thread => s.Thread(thread).State is BlockedOnSend send && send.Badge == badge)
        .Aggregate(s, RestartWaiting);

    /// <summary>Ends the binding of a thread and a notification, if it has one.</summary>
    public static SpecState Unbind(this SpecState s, ulong thread) => s.Thread(thread).BoundNotification is { } notification
        ? s.Put(s.Thread(thread) with { BoundNotification = null }).Put(s.Notification(notification) with { BoundThread = null })
        : s;

    private static ImmutableList<ulong> QueueOf(this SpecState s, ulong address) =>
        s.Objects[address] is Endpoint endpoint ? endpoint.Queue : s.Notification(address).Queue;

    private static SpecState RestartWaiting(SpecState s, ulong thread) =>
        s.CancelIpc(thread).SetState(thread, new Restart()).MakeReady(thread);

    private static SpecState LeaveEndpoint(this SpecState s, ulong address, ulong thread) =>
        s.Put(s.Endpoint(address) with { Queue = s.Endpoint(address).Queue.Remove(thread) });

    private static SpecState LeaveNotification(this SpecState s, ulong address, ulong thread) =>
        s.Put(s.Notification(address) with { Queue = s.Notification(address).Queue.Remove(thread) });
}
