using System.Runtime.InteropServices;

namespace Rel4.Kernel;

/// <summary>Ties a notification to the thread that takes its signals in user mode.</summary>
/// <remarks>
/// An entry of a table in <see cref="KernelState"/>; entry 0 stands for none. The 64 pending bits, one a vector, are the machine's: senders in
/// user mode write them without the kernel. Invariants: <c>Notification.Receiver</c> and <c>Tcb.Receiver</c> name this entry exactly if it names
/// them; the entries in no use are chained through <see cref="NextFree"/>.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Receiver
{
    /// <summary>The notification; null if the entry is free.</summary>
    public Notification* Notification;

    /// <summary>The thread.</summary>
    public Tcb* Thread;

    /// <summary>Where the thread takes what is posted while it runs, and the bytes below its stack pointer that it keeps, or the end of another stack (bit 0 set): for a machine that interrupts user code.</summary>
    /// <remarks>0: it looks for itself.</remarks>
    public ulong Handler, StackAdjust;

    /// <summary>First of the senders that name this receiver.</summary>
    public ushort FirstSender;

    /// <summary>Next free entry, if this one is free.</summary>
    public ushort NextFree;

    /// <summary>The machine's own.</summary>
    public ulong MachineData;
}
