namespace Rel4.Metal.User;

/// <summary>Says where a task that a broker builds finds what it is given: addresses in its memory, slots of its CNode.</summary>
internal static class BrokerLayout
{
    /// <summary>Page of the IPC buffer.</summary>
    public const ulong IpcBuffer = 0x1000_0000;

    /// <summary>The <see cref="BrokerPage"/>, read-only.</summary>
    public const ulong Page = 0x1000_1000;

    /// <summary>Where the frames of channel 0 are: the task's own, behind it the peer's. Those of the next channels follow.</summary>
    public const ulong Frames = 0x2000_0000;

    /// <summary>Log2 of the bytes of a frame, which is one large page.</summary>
    public const int FrameBits = 21;

    /// <summary>Bytes of a frame.</summary>
    public const ulong FrameBytes = 1UL << FrameBits;

    /// <summary>Channels of a task, each with a bit of its bell: 0 to 31.</summary>
    public const int Channels = 32;

    /// <summary>The first bit by which other tasks signal it; 61 is the last.</summary>
    public const int FirstSignal = 32;

    /// <summary>The bits by which other tasks signal it.</summary>
    public const ulong Signals = ((1UL << 62) - 1) & ~((1UL << FirstSignal) - 1);

    /// <summary>The bit that tells a message from a bell's word, where both may come: every endpoint's badge has it.</summary>
    public const ulong IsMessage = 1UL << 62;

    /// <summary>Posted by the kernel: a sender of the task's was closed.</summary>
    public const ulong SendersClosed = 1UL << 63;

    /// <summary>Bytes of the longest message: longer ones are refused where they are sent.</summary>
    public const int MostMessageBytes = 1 << 20;

    /// <summary>Log2 of the slots of a task's CNode.</summary>
    public const int NodeBits = 8;

    /// <summary>Slot of the task's bell, Read.</summary>
    public const ulong Bell = 1;

    /// <summary>Slot of the broker's endpoint.</summary>
    public const ulong Broker = 2;

    /// <summary>Slot of the task's own thread.</summary>
    public const ulong Thread = 3;

    /// <summary>Slot of the CNode itself.</summary>
    public const ulong Node = 4;

    /// <summary>Slot of the endpoint that takes its faults: the broker's.</summary>
    public const ulong Faults = 5;

    /// <summary>Slot for the ticket of a channel that is being opened.</summary>
    public const ulong Ticket = 6;

    /// <summary>Slot of the bell of channel 0's peer, where that can't be rung without the kernel. Those of the next channels follow.</summary>
    public const ulong PeerBells = 8;

    /// <summary>The first of <see cref="Callers"/> slots for the reply capabilities of synchronous callers.</summary>
    public const ulong Replies = PeerBells + Channels;

    /// <summary>Synchronous messages that a task has taken and not answered yet, at most.</summary>
    public const int Callers = 16;

    /// <summary>First slot for what whoever composes the tasks gives them.</summary>
    public const ulong FirstFree = 64;

    /// <summary>Gets where a channel's own frame is; the peer's is behind it.</summary>
    public static ulong OwnFrameOf(int channel) => Frames + ((ulong)channel * 2 * FrameBytes);
}
