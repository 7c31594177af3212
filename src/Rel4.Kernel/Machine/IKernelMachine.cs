using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Is what the core needs of the machine it runs on: its scheduling policy, its memory, its objects, its user-interrupt controller.</summary>
/// <remarks>
/// Implemented by an empty struct, so that the compiler resolves every call. State that the machine keeps is found through
/// <see cref="KernelState.MachineData"/>. No member may call back into the core.
/// </remarks>
internal unsafe interface IKernelMachine
{
    // Scheduling. PriorityScheduler implements all of these for a machine with one processor.

    /// <summary>Takes note that a thread, not the current one, became runnable.</summary>
    static abstract void ThreadReady(KernelState* kernel, Tcb* thread);

    /// <summary>As <see cref="ThreadReady"/>, for a thread that a message or signal has reached: it may go first.</summary>
    static abstract void ThreadWoken(KernelState* kernel, Tcb* thread);

    /// <summary>Takes note that a thread is no longer runnable.</summary>
    static abstract void ThreadStopped(KernelState* kernel, Tcb* thread);

    /// <summary>Changes a thread's priority.</summary>
    static abstract void SetPriority(KernelState* kernel, Tcb* thread, int priority);

    /// <summary>Gives up the rest of the current thread's time slice.</summary>
    static abstract void Yield(KernelState* kernel);

    /// <summary>Tells whether a thread could run at once if the current one stopped.</summary>
    static abstract bool CanSwitchTo(KernelState* kernel, Tcb* thread);

    /// <summary>Makes a runnable thread, in no queue, the current one in the place of one that is not runnable.</summary>
    static abstract void SwitchTo(KernelState* kernel, Tcb* thread);

    /// <summary>Decides which thread runs when the kernel is left.</summary>
    static abstract void Schedule(KernelState* kernel);

    // What a machine may tell a thread that seL4 would leave stopped.

    /// <summary>Reports a fault to a thread that has no fault handler.</summary>
    /// <returns>False if the machine has no way to: the thread stops.</returns>
    static abstract bool TryReportFault(KernelState* kernel, Tcb* thread, in Fault fault);

    /// <summary>Reports to a caller that its reply capability was deleted unused, so that no reply can come.</summary>
    /// <returns>False if the machine has no way to: the caller waits until it is resumed.</returns>
    static abstract bool TryReportAbandonment(KernelState* kernel, Tcb* caller);

    /// <summary>Brings up to date what the TCB of the thread that made the system call has of registers that user code may have changed since.</summary>
    static abstract void SaveRegisters(KernelState* kernel, Tcb* caller);

    /// <summary>Takes note that such registers of that thread may have been written.</summary>
    static abstract void LoadRegisters(KernelState* kernel, Tcb* caller);

    /// <summary>Handles one of the system calls that are there for debugging, where the machine has them.</summary>
    /// <returns>False if it is none: the system call is unknown.</returns>
    static abstract bool TryDebug(KernelState* kernel, Tcb* caller);

    // Memory and the machine's objects.

    /// <summary>Tells whether a long operation should stop here, to be repeated by its caller.</summary>
    static abstract bool PreemptionPending(KernelState* kernel);

    /// <summary>Fills memory that no object uses with zeros.</summary>
    static abstract void ClearMemory(KernelState* kernel, byte* start, ulong length);

    /// <summary>Tells whether objects of this type, one of the machine's, can be made.</summary>
    static abstract bool Supports(ObjectType type);

    /// <summary>Tells whether an address space has its identifier (ASID). Without one it can't be given to a thread, nor copied.</summary>
    static abstract bool IsAssigned(KernelState* kernel, in Capability space);

    /// <summary>Gets a new thread or object of the machine's, in zeroed memory, ready for use.</summary>
    static abstract void Initialise(KernelState* kernel, in Capability capability);

    /// <summary>Takes note that a capability to a thread, or to an object of the machine's, is deleted.</summary>
    static abstract void Finalise(KernelState* kernel, in Capability capability, Finality finality);

    /// <summary>Performs a method of an object of the machine's.</summary>
    static abstract Outcome Invoke(KernelState* kernel, in Invocation invocation);

    // The user-interrupt controller (UINTC).

    /// <summary>Gets a receiver, whose notification and thread are set, ready; false if the machine has nothing left for it.</summary>
    static abstract bool OpenReceiver(KernelState* kernel, Receiver* receiver);

    /// <summary>Takes a receiver out of use.</summary>
    static abstract void CloseReceiver(KernelState* kernel, Receiver* receiver);

    /// <summary>Lets a thread post to a receiver; all that the core keeps of the sender is set. False if the machine has nothing left for it.</summary>
    static abstract bool OpenSender(KernelState* kernel, Sender* sender);

    /// <summary>Takes a sender out of use: later posts reach nobody.</summary>
    static abstract void CloseSender(KernelState* kernel, Sender* sender);

    /// <summary>Adds bits to the pending ones and interrupts the thread in user mode.</summary>
    static abstract void Post(KernelState* kernel, Receiver* receiver, ulong bits);

    /// <summary>Takes all pending bits.</summary>
    static abstract ulong TakePending(KernelState* kernel, Receiver* receiver);

    /// <summary>Shows senders whether a post must enter the kernel (<see cref="Kernel{TMachine}.HandleUserInterrupt"/>).</summary>
    /// <remarks>Is ordered before every later <see cref="TakePending"/>: a post that did not see it is seen by that.</remarks>
    static abstract void SetWaitsInKernel(KernelState* kernel, Receiver* receiver, bool waits);
}
