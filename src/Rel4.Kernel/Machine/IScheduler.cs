namespace Rel4.Kernel;

/// <summary>The machine's choice of who runs and when work is put off, and what it tells a thread that seL4 would leave stopped.</summary>
/// <remarks><see cref="PriorityScheduler"/> makes the choice for a machine whose processors are the kernel's own.</remarks>
internal unsafe interface IScheduler
{
    /// <summary>Takes note that a thread, not the current one, became runnable.</summary>
    static abstract void ThreadReady(KernelState* kernel, Tcb* thread);

    /// <summary>As <see cref="ThreadReady"/>, for a thread that a message or signal has reached: it may go first.</summary>
    static abstract void ThreadWoken(KernelState* kernel, Tcb* thread);

    /// <summary>Takes note that a thread is no longer runnable.</summary>
    static abstract void ThreadStopped(KernelState* kernel, Tcb* thread);

    /// <summary>Changes a thread's priority.</summary>
    static abstract void SetPriority(KernelState* kernel, Tcb* thread, int priority);

    /// <summary>Makes a thread that no other processor is running (<see cref="Stall"/>) one of another processor's. It may be the current one.</summary>
    static abstract void Move(KernelState* kernel, Tcb* thread, KernelState* home);

    /// <summary>
    /// Makes sure that a thread which another processor runs is run by none until the kernel is left, and that all of its registers are in its TCB. It then repeats the instruction that it is at:
    /// a system call that it is making has not begun.
    /// </summary>
    static abstract void Stall(KernelState* kernel, Tcb* thread);

    /// <summary>Gives up the rest of the current thread's time slice.</summary>
    static abstract void Yield(KernelState* kernel);

    /// <summary>Tells whether a thread could run at once if the current one stopped.</summary>
    static abstract bool CanSwitchTo(KernelState* kernel, Tcb* thread);

    /// <summary>Makes a runnable thread, in no queue, the current one in the place of one that is not runnable.</summary>
    static abstract void SwitchTo(KernelState* kernel, Tcb* thread);

    /// <summary>Decides which thread runs when the kernel is left.</summary>
    static abstract void Schedule(KernelState* kernel);

    /// <summary>Tells whether a long operation should stop here, to be repeated by its caller.</summary>
    static abstract bool PreemptionPending(KernelState* kernel);

    /// <summary>Reports a fault to a thread that has no fault handler.</summary>
    /// <returns>False if the machine has no way to: the thread stops.</returns>
    static abstract bool TryReportFault(KernelState* kernel, Tcb* thread, in Fault fault);

    /// <summary>Reports to a caller that its reply capability was deleted unused, so that no reply can come.</summary>
    /// <returns>False if the machine has no way to: the caller waits until it is resumed.</returns>
    static abstract bool TryReportAbandonment(KernelState* kernel, Tcb* caller);
}
