using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Tells that the kernel has ended, or no longer serves the thread, so that a system call could not complete.</summary>
public sealed class KernelEndedException : Exception
{
    internal KernelEndedException(Syscall syscall)
        : base($"{syscall} did not complete: the kernel has ended, or no longer serves this thread, and whether it was carried out is "
            + "unknown. "
            + "End this task; a new kernel starts anew.") =>
        Syscall = syscall;

    /// <summary>Gets the system call.</summary>
    public Syscall Syscall { get; }
}
