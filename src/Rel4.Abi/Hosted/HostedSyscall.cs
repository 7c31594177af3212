namespace Rel4.Abi;

/// <summary>Numbers the system calls that the Hosted machine has beside seL4's.</summary>
public static class HostedSyscall
{
    /// <summary>
    /// Delivers what was posted through a sender of the calling process to a receiver that waits in the kernel. In: message word 0, the
    /// <see cref="SenderHandle"/>. Out: the label, <see cref="SeL4Error.InvalidCapability"/> if the handle is stale.
    /// </summary>
    public const Syscall DeliverUserInterrupt = (Syscall)(-0x4C34);
}
