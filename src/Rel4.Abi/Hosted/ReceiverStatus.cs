using System.Runtime.InteropServices;

namespace Rel4.Abi;

/// <summary>Lays out the page on which a receiver of U-notifications shows its senders on the Hosted machine how to reach it.</summary>
/// <remarks>
/// <code>
/// offset  bytes  writer    field
///      0      4  receiver  parked: 1 while the thread may be asleep
///    128      4  kernel    waits in kernel: 1 while the thread waits there for the notification
/// </code>
/// One for each receiver, mapped writable by its process and the kernel only: it is sealed before the first sender gets it. A receiver that
/// writes what is not so is reached late, or at a higher price.
/// <para>
/// To park, the thread sets parked, FENCE, and looks at everything once more before it sleeps. To post, a sender counts up its
/// <see cref="SenderOutbox"/>, FENCE, and then reads this page. So one of the two sees what the other did
/// (<c>spec/protocols/unotification.pml</c>). The kernel does the same with its word.
/// </para>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = Size)]
public struct ReceiverStatus
{
    /// <summary>Size in bytes.</summary>
    public const int Size = 4096;

    /// <summary>1 while the thread may be asleep: a post must ring.</summary>
    [FieldOffset(0)]
    public uint Parked;

    /// <summary>1 while the thread waits in the kernel: a post must enter the kernel (<see cref="HostedSyscall.DeliverUserInterrupt"/>).</summary>
    [FieldOffset(128)]
    public uint WaitsInKernel;
}
