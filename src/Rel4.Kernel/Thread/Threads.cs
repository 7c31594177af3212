namespace Rel4.Kernel;

/// <summary>Changes what threads do.</summary>
internal static unsafe class Threads<TMachine>
    where TMachine : struct, IScheduler, IUserInterruptController
{
    /// <summary>Lets a thread that was reached by a message, reply or signal go on behind its system call.</summary>
    public static void Wake(KernelState* kernel, Tcb* thread)
    {
        Unblock(kernel, thread, ThreadState.Running);
        TMachine.ThreadWoken(kernel, thread);
    }

    /// <summary>As <see cref="Wake"/>, for a thread that repeats the instruction that faulted.</summary>
    public static void WakeToRestart(KernelState* kernel, Tcb* thread)
    {
        Unblock(kernel, thread, ThreadState.Restart);
        TMachine.ThreadWoken(kernel, thread);
    }

    /// <summary>Lets a thread whose wait was cancelled repeat its system call.</summary>
    public static void Restart(KernelState* kernel, Tcb* thread)
    {
        Unblock(kernel, thread, ThreadState.Restart);
        TMachine.ThreadReady(kernel, thread);
    }

    /// <summary>Makes a thread wait; it is linked into what it waits for by the caller.</summary>
    public static void Block(KernelState* kernel, Tcb* thread, ThreadState state, void* on)
    {
        thread->State = state;
        thread->BlockedOn = on;
        TMachine.ThreadStopped(kernel, thread);
    }

    /// <summary>Stops a thread that waits for nothing.</summary>
    public static void Stop(KernelState* kernel, Tcb* thread)
    {
        thread->State = ThreadState.Inactive;
        thread->BlockedOn = null;
        TMachine.ThreadStopped(kernel, thread);
    }

    /// <summary>Stops a thread whatever it does (manual section "Thread Deactivation").</summary>
    public static void Suspend(KernelState* kernel, Tcb* thread)
    {
        TMachine.Stall(kernel, thread);
        if (thread->State == ThreadState.Running)
            thread->FaultIP = thread->Context.Rip;
        CancelWait(kernel, thread);
        Stop(kernel, thread);
    }

    /// <summary>Lets a thread that is stopped, or waits, run: it repeats what it was stopped in.</summary>
    public static void Resume(KernelState* kernel, Tcb* thread)
    {
        if (thread->IsRunnable)
            return;
        CancelWait(kernel, thread);
        Restart(kernel, thread);
    }

    /// <summary>Ends a thread's wait, without saying what it does next.</summary>
    public static void CancelWait(KernelState* kernel, Tcb* thread)
    {
        switch (thread->State)
        {
            case ThreadState.BlockedOnSend:
            case ThreadState.BlockedOnReceive:
                ((Endpoint*)thread->BlockedOn)->Remove(thread);
                break;
            case ThreadState.BlockedOnNotification:
                ((Notification*)thread->BlockedOn)->Remove(thread);
                break;
            case ThreadState.BlockedOnReply:
                Replies.Revoke(thread);
                break;
            default:
                return;
        }

        thread->Fault = default;
        Unblock(kernel, thread, ThreadState.Inactive);
    }

    private static void Unblock(KernelState* kernel, Tcb* thread, ThreadState state)
    {
        thread->State = state;
        thread->BlockedOn = null;
        if (thread->ReceivedNotification != null)
            TMachine.SetWaitsInKernel(kernel, thread, waits: false);
    }
}
