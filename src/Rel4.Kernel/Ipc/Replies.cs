using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Makes and ends reply capabilities (manual section "Calling and Replying").</summary>
/// <remarks>
/// Every thread holds a master reply capability to itself, out of user code's reach. The reply capability made by its Call is the master's only
/// child, wherever it is moved, so it can be found when the caller no longer waits.
/// </remarks>
internal static unsafe class Replies
{
    /// <summary>Blocks a caller until the reply, which <paramref name="receiver"/> now holds.</summary>
    /// <remarks>The receiver's caller slot is empty: it was emptied when the receiver began to receive.</remarks>
    public static void Expect<TMachine>(KernelState* kernel, Tcb* caller, Tcb* receiver, CapRights grant)
        where TMachine : struct, IScheduler, IUserInterruptController
    {
        Threads<TMachine>.Block(kernel, caller, ThreadState.BlockedOnReply, null);
        DerivationTree.InsertReply(Capability.Reply(caller, grant), &caller->MasterReply, &receiver->Caller);
    }

    /// <summary>Deletes the reply capability to a thread, if there is one.</summary>
    public static void Revoke(Tcb* caller)
    {
        Slot* reply = caller->MasterReply.Next;
        if (reply != null)
            DerivationTree.Remove(reply);
    }

    /// <summary>Deletes the reply capability that a thread holds to its last caller.</summary>
    public static void ForgetCaller<TMachine>(KernelState* kernel, Tcb* thread)
        where TMachine : struct, IScheduler, IUserInterruptController
    {
        if (thread->Caller.IsEmpty)
            return;
        Abandon<TMachine>(kernel, thread->Caller.Cap.Thread);
        DerivationTree.Remove(&thread->Caller);
    }

    /// <summary>Takes note that the reply capability to a caller is deleted unused. In seL4 the caller waits for ever.</summary>
    public static void Abandon<TMachine>(KernelState* kernel, Tcb* caller)
        where TMachine : struct, IScheduler, IUserInterruptController
    {
        if (caller->Fault.Type == FaultType.None && TMachine.TryReportAbandonment(kernel, caller))
            Threads<TMachine>.Wake(kernel, caller);
    }

    /// <summary>Sends the reply that a reply capability stands for, and deletes the capability.</summary>
    public static void Send<TMachine>(KernelState* kernel, Tcb* sender, Slot* reply)
        where TMachine : struct, IKernelMachine
    {
        Tcb* caller = reply->Cap.Thread;
        if (caller->Fault.Type != FaultType.None)
        {
            DerivationTree.Remove(reply);
            FaultHandling<TMachine>.Answer(kernel, caller, sender);
            return;
        }

        Transfer.Deliver<TMachine>(sender, caller, null, 0, reply->Cap.Rights);
        DerivationTree.Remove(reply);
        Threads<TMachine>.Wake(kernel, caller);
    }
}
