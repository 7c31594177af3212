namespace Rel4.Abi;

/// <summary>Labels the methods that address spaces have on the Hosted machine only.</summary>
public static class HostedLabel
{
    /// <summary>Makes a process the content of an address space. Its socket and pidfd came over the caller's own socket before.</summary>
    public const InvocationLabel VSpaceAttach = (InvocationLabel)0x4C34_0101;
}

/// <summary>Tells a task what the descriptors are that come over its socket; the low byte of the message's word.</summary>
public enum DescriptorKind : byte
{
    /// <summary>A thread's trap page and doorbell.</summary>
    Thread = 1,

    /// <summary>A frame that the task asked to map.</summary>
    Frame = 2,

    /// <summary>To the kernel: a new process' socket and pidfd.</summary>
    Process = 3,
}
