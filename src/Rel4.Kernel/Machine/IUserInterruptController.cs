namespace Rel4.Kernel;

/// <summary>The machine's way to signal from user mode to user mode (UINTC). A receiver is a thread.</summary>
internal unsafe interface IUserInterruptController
{
    /// <summary>Gets a thread ready to receive; false if the machine has nothing left for it.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="receiver">The thread.</param>
    /// <param name="interruption">How its code is interrupted.</param>
    /// <remarks>It may set <see cref="Tcb.ReceiverNumber"/>.</remarks>
    static abstract bool TryOpenReceiver(KernelState* kernel, Tcb* receiver, in Interruption interruption);

    /// <summary>Takes a receiver out of use.</summary>
    static abstract void CloseReceiver(KernelState* kernel, Tcb* receiver);

    /// <summary>Lets a thread post to the receiver of a slot's notification the one bit of its badge; null if the machine has nothing left for it.</summary>
    /// <returns>What the core keeps of it, for the core to fill in.</returns>
    static abstract Sender* TryOpenSender(KernelState* kernel, Tcb* thread, Slot* slot, uint generation);

    /// <summary>Takes a sender out of use that its thread may go on using: later posts reach nobody, and its index nobody else.</summary>
    static abstract void CloseSender(KernelState* kernel, Sender* sender);

    /// <summary>Takes a sender, which may be closed, out of its thread's hands: the index is free.</summary>
    static abstract void ReleaseSender(KernelState* kernel, Sender* sender);

    /// <summary>Finds the sender, open or closed, that a thread has under an index; null if there is none.</summary>
    static abstract Sender* FindSender(KernelState* kernel, Tcb* thread, int index);

    /// <summary>Finds a sender of a thread that is not released, open or closed; null if it has none.</summary>
    static abstract Sender* FindAnySender(KernelState* kernel, Tcb* thread);

    /// <summary>Tells what the machine keeps of a sender.</summary>
    static abstract SenderPlace PlaceOf(KernelState* kernel, Sender* sender);

    /// <summary>Adds bits to the pending ones and interrupts the thread in user mode.</summary>
    static abstract void Post(KernelState* kernel, Tcb* receiver, ulong bits);

    /// <summary>Takes all pending bits.</summary>
    static abstract ulong TakePending(KernelState* kernel, Tcb* receiver);

    /// <summary>Shows senders whether a post must enter the kernel (<see cref="Kernel{TMachine}.HandleUserInterrupt"/>).</summary>
    /// <remarks>Is ordered before every later <see cref="TakePending"/>: a post that did not see it is seen by that.</remarks>
    static abstract void SetWaitsInKernel(KernelState* kernel, Tcb* receiver, bool waits);
}
