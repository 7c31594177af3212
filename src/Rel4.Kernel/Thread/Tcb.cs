using System.Runtime.InteropServices;
using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Holds all the kernel knows of a thread: 2,048 bytes (manual chapter "Threads and Execution").</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Tcb
{
    /// <summary>Capability slots at the start of the structure.</summary>
    public const int SlotCount = 6;

    /// <summary>Ticks in a fresh time slice.</summary>
    public const int FreshSlice = 5;

    // Capabilities that the kernel uses on the thread's behalf.
    public Slot CSpaceRoot;
    public Slot VSpaceRoot;
    public Slot MasterReply;
    public Slot Caller;
    public Slot IpcBufferFrame;
    public Slot BatchFrame;

    // What the user sees: the machine's trap saves and restores it.
    public UserContext Context;

    /// <summary>Address of the instruction that trapped last; where a <see cref="ThreadState.Restart"/> begins.</summary>
    public ulong FaultIP;

    /// <summary>Set by the thread's owner, for the machine.</summary>
    public TcbFlags Flags;

    // Set by the thread's owner.
    public ulong FaultHandler;
    public ulong IpcBufferAddress;
    public int Priority;
    public int MaxControlledPriority;
    public Notification* BoundNotification;

    /// <summary>Calls of its batches that were answered since it has the frame, and those that the frame's counter began with.</summary>
    public ulong BatchCompleted;

    // What it does now. BlockedOn is null unless it waits in a queue, there; the other two mean something in the matching state only.
    public ThreadState State;
    public BlockingFlags BlockedFlags;
    public void* BlockedOn;
    public ulong BlockedBadge;
    public Fault Fault;
    public Tcb* QueueNext;
    public Tcb* QueuePrevious;

    // The scheduler's.
    public int SliceLeft;
    public bool IsQueued;

    /// <summary>The processor that it runs on.</summary>
    public KernelState* Home;

    // U-notification.
    /// <summary>The notification whose signals it takes in user mode, as its receiver; null for none. That notification's <see cref="Notification.Receiver"/> is this thread.</summary>
    public Notification* ReceivedNotification;

    /// <summary>First of the senders that name it as their receiver (<see cref="SenderLinks"/>).</summary>
    public uint FirstOfReceiver;

    /// <summary>First of its own senders in a <see cref="SenderPool"/>.</summary>
    public ushort FirstSender;

    /// <summary>The machine's number of it as a receiver, if the machine numbers them.</summary>
    public ushort ReceiverNumber;

    /// <summary>The machine's own.</summary>
    public ulong MachineData;

    /// <summary>The machine's name of the process that runs it, which no other ever gets; 0 for none.</summary>
    public ulong Process;

    /// <summary>The slot that a message brought a capability into last, and <see cref="Process"/> of who gave it. To be compared, not followed.</summary>
    public Slot* GivenSlot;
    public ulong Giver;

    /// <summary>Gets whether the scheduler may choose it.</summary>
    public readonly bool IsRunnable => State is ThreadState.Running or ThreadState.Restart;

    /// <summary>Gets where it will go on, if nothing is delivered to it first.</summary>
    public readonly ulong ContinuationIP => State == ThreadState.Running ? Context.Rip : FaultIP;

    /// <summary>Makes it go on at an address, whatever it does now.</summary>
    public void SetIP(ulong address)
    {
        Context.Rip = address;
        FaultIP = address;
    }
}
