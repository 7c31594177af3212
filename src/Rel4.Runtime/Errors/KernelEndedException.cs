using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Tells that the kernel has ended, or no longer serves the thread, so that a system call could not complete.</summary>
public sealed class KernelEndedException : Rel4Exception
{
    internal KernelEndedException(Syscall syscall)
        : base(Rel4ErrorCode.SystemEnded, $"{syscall} did not complete: the kernel has ended, or no longer serves this thread, and whether it was carried out is "
            + "unknown. "
            + "End this task; a new kernel starts anew.") =>
        Syscall = syscall;

    /// <summary>Tells those who use the runtime of a process that the system has stopped under them.</summary>
    internal KernelEndedException()
        : base(Rel4ErrorCode.SystemEnded, "The system has been stopped, and its kernel has ended. What was under way may have been carried out or not. "
            + "Handles of that system are good for nothing; start another one, and find them anew by name.")
    {
    }

    /// <summary>Gets the system call; 0 if it was none.</summary>
    public Syscall Syscall { get; }
}
