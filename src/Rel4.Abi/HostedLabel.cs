namespace Rel4.Abi;

/// <summary>Labels the methods that address spaces have on the Hosted machine only.</summary>
public static class HostedLabel
{
    /// <summary>Makes a process the content of an address space. Its socket and pidfd came over the caller's own socket before.</summary>
    public const InvocationLabel VSpaceAttach = (InvocationLabel)0x4C34_0101;
}

/// <summary>Numbers the system calls that the Hosted machine has beside seL4's.</summary>
public static class HostedSyscall
{
    /// <summary>
    /// Delivers what was posted through a sender of the calling process to a receiver that waits in the kernel. In: message word 0, the
    /// <see cref="SenderHandle"/>. Out: the label, <see cref="SeL4Error.InvalidCapability"/> if the handle is stale.
    /// </summary>
    public const Syscall DeliverUserInterrupt = (Syscall)(-0x4C34);
}
