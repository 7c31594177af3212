namespace Rel4.Abi;

/// <summary>Tells what the descriptors are that come with a <see cref="TaskMessage"/>.</summary>
public enum TaskMessageKind : byte
{
    /// <summary>A thread's trap page and doorbell.</summary>
    Thread = 1,

    /// <summary>A frame that the task asked to map.</summary>
    Frame = 2,

    /// <summary>To the kernel: a new process' socket and pidfd.</summary>
    Process = 3,

    /// <summary>A <see cref="ReceiverStatus"/>, a <see cref="ReceiverInbox"/>, and the listener of the bell that the kernel rings.</summary>
    Receiver = 4,

    /// <summary>For the receiver: the <see cref="SenderOutbox"/> of a new sender, and the listener of the bell that it rings.</summary>
    ReceiverSlot = 5,

    /// <summary>For the sender: its <see cref="SenderOutbox"/>, the doorbell that it rings, and the receiver's <see cref="ReceiverStatus"/>.</summary>
    Sender = 6,

    /// <summary>A <see cref="LanePage"/>, for the thread whose page has the number (<see cref="TrapPage.LaneGiven"/>).</summary>
    Lane = 7,
}
