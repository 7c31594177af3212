namespace Rel4.Kernel;

/// <summary>Is what the core needs of the machine it runs on. Parts of the core that need less of it say so.</summary>
/// <remarks>
/// Implemented by an empty struct, so that the compiler resolves every call. State that the machine keeps is found through
/// <see cref="KernelState.MachineData"/>. No member may call back into the core.
/// </remarks>
internal unsafe interface IKernelMachine : IScheduler, IMachineObjects, IUserInterruptController
{
    /// <summary>Handles one of the system calls that are there for debugging, where the machine has them.</summary>
    /// <returns>False if it is none: the system call is unknown.</returns>
    static abstract bool TryDebug(KernelState* kernel, Tcb* caller);
}
