using System.Runtime.InteropServices;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Lays out what a TCB has of user interrupts, behind the floating-point registers: as XSAVES does, seen from where those begin, then what senders post, then whom the thread itself may post to.</summary>
/// <remarks>
/// <para>Source: Intel SDM vol. 1, 13.4 and 13.5.11 (component 14). The thread's memory pays for all of it. Nothing here is in a page that user code can see.</para>
/// <para>While <see cref="ProcessorState.Interrupted"/> names the thread, its first part is in the processor, if that has user interrupts, and <see cref="UserInterruptController.Unload"/> brings it back.</para>
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct InterruptContext
{
    /// <summary>Whom a thread can post to at most.</summary>
    public const int SenderCount = 20;

    /// <summary>The index behind theirs, which leads to the kernel (<see cref="BatchBell"/>).</summary>
    public const int BellIndex = SenderCount;

    /// <summary>Where the core's part of them lies in the TCB: between what else the core keeps there and the counts of <see cref="ThreadEntries"/>.</summary>
    public const int SendersOffset = ThreadEntries.Offset - (SenderCount * SenderSize);

    // sizeof(Sender), which is no constant: TcbLayoutTests compares them.
    private const int SenderSize = 20;
    private const int Offset = FloatingPoint.Offset + FloatingPoint.Size;
    private const ulong Component = 1UL << 14;
    private const ulong Compacted = 1UL << 63;
    private const byte Takes = 1 << 7;

    private ulong _saved;
    private ulong _format;
    private fixed ulong _reserved[6];

    /// <summary>Where the thread's code takes interrupts; 0 if it takes none.</summary>
    public ulong Handler;

    /// <summary>Bytes kept below its stack pointer, or, with bit 0 set, the end of another stack.</summary>
    public ulong StackAdjust;

    // The highest index of the senders; whether interrupts are taken; the vector that the processor takes as a sign that something was posted.
    private uint _lastSender;
    private byte _vector;
    private fixed byte _reserved2[2];
    private byte _flag;
    private PostedInterrupts* _posted;

    /// <summary>What was posted and is the thread's now, to be taken from the highest on.</summary>
    public ulong Requests;

    // Bit 0 says that there are senders.
    private ulong _senders;

    /// <summary>Neighbours in the queue of those who wait in the kernel for what is posted (<see cref="ParkedReceivers"/>).</summary>
    public Tcb* NextParked, PreviousParked;

    /// <summary>What senders post to the thread.</summary>
    public PostedInterrupts Posted;

    private fixed ulong _entries[2 * (SenderCount + 1)];

    /// <summary>Neighbours in the ring of those who have a batch (<see cref="BatchBell"/>); null if it is not in it.</summary>
    public Tcb* NextWithBatch, PreviousWithBatch;

    /// <summary>Gets whether the thread takes interrupts now (UIF).</summary>
    public bool TakesInterrupts
    {
        readonly get => (_flag & Takes) != 0;
        set => _flag = value ? Takes : (byte)0;
    }

    /// <summary>Gets whether the thread may post to anybody.</summary>
    public readonly bool HasSenders => _senders != 0;

    /// <summary>Finds that of a thread.</summary>
    public static InterruptContext* Of(Tcb* thread) => (InterruptContext*)((byte*)thread + Offset);

    /// <summary>Makes it that of a thread that nothing was registered for.</summary>
    public void Initialise()
    {
        _format = Compacted | Component;
        EndReceiver();
    }

    /// <summary>Makes the thread a receiver, which does not run now.</summary>
    public void BeginReceiver(ulong handler, ulong stackAdjust)
    {
        Handler = handler;
        StackAdjust = stackAdjust;
        TakesInterrupts = false;

        // Without a handler the processor looks for no vector: an interrupt that was for who ran before would bring the requests to a handler at 0.
        _vector = handler == 0 ? (byte)0 : (byte)LocalApic.UserVector;
        fixed (PostedInterrupts* posted = &Posted)
            _posted = posted;
    }

    /// <summary>Makes it none.</summary>
    public void EndReceiver()
    {
        Handler = 0;
        StackAdjust = 0;
        Requests = 0;
        TakesInterrupts = false;
        _vector = 0;
        _posted = null;
        Posted.Suppress();
    }

    /// <summary>Lets the thread post by an index.</summary>
    public void SetSender(int index, SenderEntry entry)
    {
        fixed (ulong* entries = _entries)
        {
            ((SenderEntry*)entries)[index] = entry;
            _lastSender = BellIndex;
            _senders = (ulong)entries | 1;
        }
    }

    /// <summary>Finds the thread that an index leads to, of a sender that is open.</summary>
    public Tcb* ReceiverOf(int index)
    {
        fixed (ulong* entries = _entries)
            return ((SenderEntry*)entries)[index].Receiver;
    }

    /// <summary>Finds what an index leads to.</summary>
    /// <returns>False if it leads nowhere.</returns>
    public bool TryFindSender(ulong index, out SenderEntry entry)
    {
        entry = default;
        if (index > BellIndex)
            return false;
        fixed (ulong* entries = _entries)
            entry = ((SenderEntry*)entries)[index];
        return entry.IsValid;
    }

    /// <summary>Brings it into memory, and out of the processor. That of a thread which receives or sends is never as after a reset, for which XSAVES would write nothing.</summary>
    public void Save() => Instructions.SaveInterrupts(Area);

    /// <summary>Brings it into the processor.</summary>
    public void Load()
    {
        _saved = Component;
        Instructions.LoadInterrupts(Area);
    }

    private byte* Area
    {
        get
        {
            fixed (ulong* saved = &_saved)
                return (byte*)saved - FloatingPoint.Size;
        }
    }
}
