namespace Rel4.Kernel;

/// <summary>The machine's way to signal from user mode to user mode (UINTC).</summary>
internal unsafe interface IUserInterruptController
{
    /// <summary>Gets a receiver, whose notification and thread are set, ready; false if the machine has nothing left for it.</summary>
    static abstract bool TryOpenReceiver(KernelState* kernel, Receiver* receiver);

    /// <summary>Takes a receiver out of use.</summary>
    static abstract void CloseReceiver(KernelState* kernel, Receiver* receiver);

    /// <summary>Lets a thread post to a receiver; all that the core keeps of the sender is set. False if the machine has nothing left for it.</summary>
    static abstract bool TryOpenSender(KernelState* kernel, Sender* sender);

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
