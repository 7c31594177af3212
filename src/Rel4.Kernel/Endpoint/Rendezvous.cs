using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Sends and receives through endpoints, as the table in <c>docs/architecture.md</c> has it (manual section "Endpoints").</summary>
internal static unsafe class Rendezvous<TMachine>
    where TMachine : struct, IKernelMachine
{
    /// <summary>Sends a thread's message, or its fault, to the first receiver.</summary>
    /// <param name="flags">With <see cref="BlockingFlags.Call"/>, the thread then waits for the reply, if the capability allows one.</param>
    /// <param name="mayBlock">Without a receiver: wait, or drop the message.</param>
    public static void Send(KernelState* kernel, Tcb* sender, Endpoint* endpoint, ulong badge, BlockingFlags flags, Blocking mayBlock)
    {
        if (endpoint->State != EndpointState.Receive)
        {
            if (mayBlock == Blocking.No)
                return;
            sender->BlockedBadge = badge;
            sender->BlockedFlags = flags;
            Threads<TMachine>.Block(kernel, sender, ThreadState.BlockedOnSend, endpoint);
            endpoint->Append(sender, EndpointState.Send);
            return;
        }

        Tcb* receiver = endpoint->Queue.Head;
        endpoint->Remove(receiver);
        CapRights replyGrant = GrantOf(receiver->BlockedFlags);
        Transfer.Deliver<TMachine>(sender, receiver, endpoint, badge, GrantOf(flags));
        Threads<TMachine>.Wake(kernel, receiver);
        if ((flags & BlockingFlags.Call) != 0)
            AwaitReply(kernel, sender, receiver, flags, replyGrant);
    }

    /// <summary>Receives from the first sender. A signal for the thread's bound notification comes first.</summary>
    public static void Receive(KernelState* kernel, Tcb* receiver, in Capability capability, Blocking mayBlock)
    {
        if (Signals<TMachine>.TakeBound(kernel, receiver))
            return;
        Endpoint* endpoint = capability.Endpoint;
        if (endpoint->State != EndpointState.Send)
        {
            if (mayBlock == Blocking.No)
            {
                Message.SetResult(receiver, 0, default);
                return;
            }

            receiver->BlockedFlags = (BlockingFlags)(capability.Rights & CapRights.Grant);
            Threads<TMachine>.Block(kernel, receiver, ThreadState.BlockedOnReceive, endpoint);
            endpoint->Append(receiver, EndpointState.Receive);
            if (receiver->BoundNotification != null)
                Signals<TMachine>.LookAgain(kernel, receiver->BoundNotification);
            return;
        }

        Tcb* sender = endpoint->Queue.Head;
        endpoint->Remove(sender);
        BlockingFlags flags = sender->BlockedFlags;
        Transfer.Deliver<TMachine>(sender, receiver, endpoint, sender->BlockedBadge, GrantOf(flags));
        if ((flags & BlockingFlags.Call) != 0)
            AwaitReply(kernel, sender, receiver, flags, capability.Rights);
        else
            Threads<TMachine>.Wake(kernel, sender);
    }

    /// <summary>Makes all threads in the queue repeat their system calls; the endpoint is about to die.</summary>
    public static void CancelAll(KernelState* kernel, Endpoint* endpoint)
    {
        for (Tcb* thread = endpoint->Queue.Head; thread != null; thread = endpoint->Queue.Head)
            Cancel(kernel, thread);
    }

    /// <summary>Makes the threads that wait to send with a badge repeat their system calls (manual: <c>CNode_CancelBadgedSends</c>).</summary>
    public static void CancelBadged(KernelState* kernel, Endpoint* endpoint, ulong badge)
    {
        if (endpoint->State != EndpointState.Send)
            return;
        for (Tcb* thread = endpoint->Queue.Head, next; thread != null; thread = next)
        {
            next = thread->QueueNext;
            if (thread->BlockedBadge == badge)
                Cancel(kernel, thread);
        }
    }

    private static void Cancel(KernelState* kernel, Tcb* thread)
    {
        Threads<TMachine>.CancelWait(kernel, thread);
        Threads<TMachine>.Restart(kernel, thread);
    }

    private static void AwaitReply(KernelState* kernel, Tcb* caller, Tcb* receiver, BlockingFlags flags, CapRights replyGrant)
    {
        if ((flags & (BlockingFlags.Grant | BlockingFlags.GrantReply)) != 0)
            Replies.Expect<TMachine>(kernel, caller, receiver, replyGrant);
        else
            Threads<TMachine>.Stop(kernel, caller);
    }

    private static CapRights GrantOf(BlockingFlags flags) => (CapRights)(flags & BlockingFlags.Grant);
}
