using System.Runtime.InteropServices;

namespace Rel4.Abi;

/// <summary>Lays out <c>seL4_IPCBuffer</c>: 1,024 bytes, aligned to their size, that a thread shares with the kernel.</summary>
/// <remarks>
/// <code>
/// offset  words  field
///      0      1  tag            not read by the kernel
///      8    120  msg            words 0 to 3 travel in registers instead
///    968      1  userData       not read by the kernel
///    976      3  capsOrBadges   in: capabilities to send; out: badges of those unwrapped
///   1000      1  receiveCNode   root in which to find the receive slot
///   1008      1  receiveIndex   address of the receive slot
///   1016      1  receiveDepth   bits of the address to use
/// </code>
/// Source: <c>libsel4/include/sel4/shared_types.h</c>. The thread may write it at any moment, so the kernel reads each word once.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct IpcBuffer
{
    /// <summary>Size in bytes.</summary>
    public const int Size = 1 << Limits.IpcBufferBits;

    /// <summary>Copy of the tag for user code.</summary>
    public ulong Tag;

    /// <summary>Message words.</summary>
    public fixed ulong Message[Limits.MessageWords];

    /// <summary>Word for user code.</summary>
    public ulong UserData;

    /// <summary>Capabilities to send, or badges received.</summary>
    public fixed ulong CapsOrBadges[Limits.ExtraCaps];

    /// <summary>Root in which to find the receive slot.</summary>
    public ulong ReceiveCNode;

    /// <summary>Address of the receive slot.</summary>
    public ulong ReceiveIndex;

    /// <summary>Bits of <see cref="ReceiveIndex"/> to use.</summary>
    public ulong ReceiveDepth;
}
