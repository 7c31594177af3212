namespace Rel4.Kernel;

/// <summary>What the core needs of the machine it runs on. Parts of the core that need less of it say so.</summary>
/// <remarks>
/// Implemented by an empty struct, so that the compiler resolves every call. State that the machine keeps is found through
/// <see cref="KernelState.MachineData"/>. A member may look capabilities up,
/// derive and delete them, but not enter the core anew (<see cref="Kernel{TMachine}"/>). What one deletes while a capability is finalised is one to a notification, so that it makes no zombie and is
/// never preempted.
/// </remarks>
internal unsafe interface IKernelMachine : IScheduler, IMachineObjects, IUserInterruptController
{
    /// <summary>Handles one of the system calls that are there for debugging, where the machine has them.</summary>
    /// <returns>False if it is none: the system call is unknown.</returns>
    static abstract bool TryDebug(KernelState* kernel, Tcb* caller);
}
