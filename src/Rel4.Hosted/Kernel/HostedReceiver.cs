using Rel4.Abi;
using Rel4.Hosted.Linux;
using Rel4.Kernel;

namespace Rel4.Hosted.Kernel;

/// <summary>Is the kernel's end of a receiver of U-notifications: its pages, and the outboxes of its senders.</summary>
/// <remarks>
/// The pages are written by tasks as well, at any time. Each word is read once and decides nothing but which of this receiver's own bits are
/// pending; the kernel follows no index and no pointer from there. It holds no descriptor for a sender.
/// </remarks>
internal sealed unsafe class HostedReceiver : IDisposable
{
    /// <summary>The senders that one process may have here, and those that it had attached: others find places whatever it does.</summary>
    public const int MostSendersOfOne = SenderSlotSet.Capacity / 4;

    private readonly ReceiverStatus* _status;
    private readonly ReceiverInbox* _inbox;
    private readonly int _statusFile;
    private readonly int _doorbell;
    private SenderSlotSet _used;
    private Place[] _places = new Place[4];
    private int _end;
    private bool _isSealed;
    private bool _waitsInKernel;
    private HostedReceiver? _previousOfProcess;

    private HostedReceiver(ushort index, HostedProcess process, ReceiverStatus* status, ReceiverInbox* inbox, int statusFile, int doorbell)
    {
        Index = index;
        Process = process;
        _status = status;
        _inbox = inbox;
        _statusFile = statusFile;
        _doorbell = doorbell;
    }

    /// <summary>Gets its number (<see cref="Tcb.ReceiverNumber"/>).</summary>
    public ushort Index { get; }

    /// <summary>Gets or sets the thread that receives.</summary>
    public Tcb* Thread { get; set; }

    /// <summary>Gets the process whose thread receives.</summary>
    public HostedProcess Process { get; }

    /// <summary>Gets the next receiver of the process.</summary>
    public HostedReceiver? NextOfProcess { get; private set; }

    /// <summary>Makes the pages of a receiver and gives them to its process.</summary>
    /// <returns>Null if memory or descriptors have run out, or the process does not take its messages.</returns>
    public static HostedReceiver? TryOpen(ushort index, HostedProcess process)
    {
        var status = (ReceiverStatus*)Memory.TryCreateMapped("rel4-receiver-status", ReceiverStatus.Size, out int statusFile);
        var inbox = (ReceiverInbox*)Memory.TryCreateMapped("rel4-receiver-inbox", ReceiverInbox.Size, out int inboxFile);
        Descriptors.TryCreateBell(out int doorbell, out int listener);
        var receiver = new HostedReceiver(index, process, status, inbox, statusFile, doorbell);
        var message = new TaskMessage { Kind = TaskMessageKind.Receiver, Receiver = index };
        if (inbox != null)
            inbox->SendersClosed = process.SendersClosed;
        bool isOpen = status != null && inbox != null && doorbell >= 0
            && DescriptorSocket.TrySend(process.Socket, message, statusFile, inboxFile, listener);
        Descriptors.CloseAll(inboxFile, listener);
        if (!isOpen)
        {
            receiver.Free();
            return null;
        }

        receiver.NextOfProcess = process.FirstReceiver;
        process.FirstReceiver?._previousOfProcess = receiver;
        process.FirstReceiver = receiver;
        return receiver;
    }

    /// <summary>Makes the outbox of a sender and gives it to the sender's process and the receiver's.</summary>
    /// <returns>
    /// The sender's slot; -1 if memory, descriptors or slots have run out, the process has its share of them, one of the processes does not take its messages, or the receiver's
    /// has not mapped its status page yet.
    /// </returns>
    public int TryOpenSender(HostedProcess process, SenderHandle handle, byte vector)
    {
        if (!MayHaveAnother(process) || !TrySeal())
            return -1;
        int slot = _used.Take();
        if (slot < 0)
            return -1;
        var outbox = (SenderOutbox*)Memory.TryCreateMapped("rel4-sender-outbox", SenderOutbox.Size, out int file);
        Descriptors.TryCreateBell(out int doorbell, out int listener);
        Occupy(slot, new Place { Outbox = outbox, Sender = process, Tag = (uint)handle.Generation, Vector = vector });
        bool isOpen = outbox != null && doorbell >= 0 && TryHandOut(slot, process, handle, file, doorbell, listener);
        Descriptors.CloseAll(file, doorbell, listener);
        if (isOpen)
            return slot;
        Vacate(slot);
        return -1;
    }

    /// <summary>Takes a sender out of use. What it has posted is pending still.</summary>
    /// <returns>The sender's process.</returns>
    /// <remarks>
    /// Unless the thread waits in the kernel: then a post that is not taken yet is one whose sender is about to enter the kernel, to be told that
    /// it reaches nobody.
    /// </remarks>
    public HostedProcess CloseSender(int slot)
    {
        ref Place place = ref _places[slot];
        HostedProcess process = place.Sender;
        Volatile.Write(ref place.Outbox->Closed, 1);

        // Pairs with the fence in UserInterruptSender.Post: either the last post is seen here, or its sender sees that it came too late.
        Interlocked.MemoryBarrier();
        ulong left = TakeFrom(slot);
        Vacate(slot);
        if (left != 0 && !_waitsInKernel)
            Post(left);
        return process;
    }

    /// <summary>Makes bits pending, and wakes the thread if it sleeps.</summary>
    public void Post(ulong bits)
    {
        // Is the fence, too, that pairs with the one in UserInterruptReceiver.ShowParked.
        Interlocked.Or(ref _inbox->Posted, bits);
        if (Volatile.Read(ref _status->Parked) != 0)
            Descriptors.Ring(_doorbell);
    }

    /// <summary>Takes all pending bits on behalf of the thread.</summary>
    public ulong TakePending()
    {
        ulong bits = Interlocked.Exchange(ref _inbox->Posted, 0);
        for (int slot = 0; slot < _end; slot++)
        {
            if (_places[slot].Outbox != null)
                bits |= TakeFrom(slot);
        }

        return bits;
    }

    /// <summary>Shows senders whether a post must enter the kernel.</summary>
    public void SetWaitsInKernel(bool waits)
    {
        if (_waitsInKernel == waits)
            return;
        _waitsInKernel = waits;

        // Is the fence, too, that pairs with the one in UserInterruptSender.Post: a post that did not see this is seen by the next TakePending.
        Interlocked.Exchange(ref _status->WaitsInKernel, waits ? 1u : 0u);
    }

    /// <summary>Shows how many senders of the process were taken out of use, and wakes the thread if it sleeps.</summary>
    public void ShowSendersClosed(uint count)
    {
        // Is the fence, too, that pairs with the one in UserInterruptReceiver.ShowParked: either the thread sees this before it sleeps, or it is rung.
        Interlocked.Exchange(ref _inbox->SendersClosed, count);
        if (Volatile.Read(ref _status->Parked) != 0)
            Descriptors.Ring(_doorbell);
    }

    /// <summary>Ends the registration: the thread, if it sleeps, wakes up and sees it.</summary>
    public void Dispose()
    {
        Volatile.Write(ref _inbox->Closed, 1);
        Descriptors.Ring(_doorbell);
        if (_previousOfProcess == null)
            Process.FirstReceiver = NextOfProcess;
        else
            _previousOfProcess.NextOfProcess = NextOfProcess;
        NextOfProcess?._previousOfProcess = _previousOfProcess;
        Free();
    }

    private void Free()
    {
        for (int slot = 0; slot < _end; slot++)
            Memory.Unmap(_places[slot].Outbox, SenderOutbox.Size);
        Memory.Unmap(_status, ReceiverStatus.Size);
        Memory.Unmap(_inbox, ReceiverInbox.Size);
        Descriptors.CloseAll(_statusFile, _doorbell);
    }

    /// <summary>Makes sure that nobody can map the status page writable who has not done so yet.</summary>
    /// <returns>False if the receiver's process would be among those, or has sealed the seals itself.</returns>
    private bool TrySeal()
    {
        if (_isSealed)
            return true;
        _isSealed = Volatile.Read(ref _inbox->Mapped) != 0
            && Memory.TryAddSeals(_statusFile, Memory.Seals.FutureWrite | Memory.Seals.Seal);
        return _isSealed;
    }

    private bool MayHaveAnother(HostedProcess process)
    {
        HostedProcess payer = process.Payer;
        int count = 0;
        for (int slot = 0; slot < _end; slot++)
            count += _places[slot].Sender?.Payer == payer ? 1 : 0;
        return process.IsRoot || count < MostSendersOfOne;
    }

    private void Occupy(int slot, in Place place)
    {
        if (slot >= _places.Length)
            Array.Resize(ref _places, 2 * _places.Length);
        _places[slot] = place;
        _end = Math.Max(_end, slot + 1);
        Volatile.Write(ref _inbox->Seen[slot], ReceiverInbox.Pack(place.Tag, 0));
    }

    private void Vacate(int slot)
    {
        ref Place place = ref _places[slot];
        Volatile.Write(ref _inbox->Seen[slot], ReceiverInbox.Pack(~place.Tag, 0));
        Memory.Unmap(place.Outbox, SenderOutbox.Size);
        place = default;
        _used.Release(slot);
        while (_end > 0 && _places[_end - 1].Outbox == null)
            _end--;
    }

    private bool TryHandOut(int slot, HostedProcess process, SenderHandle handle, int file, int doorbell, int listener)
    {
        var toReceiver = new TaskMessage
        {
            Kind = TaskMessageKind.ReceiverSlot,
            Vector = _places[slot].Vector,
            Receiver = Index,
            Slot = (ushort)slot,
            Number = _places[slot].Tag,
        };
        var toSender = new TaskMessage { Kind = TaskMessageKind.Sender, Receiver = Index, Number = handle.Raw };

        // Who takes none of its own messages has none sent to others. Only the kernel sends there, so the room stays.
        return DescriptorSocket.HasRoom(process.Socket)
            && DescriptorSocket.TrySend(Process.Socket, toReceiver, file, listener)
            && DescriptorSocket.TrySend(process.Socket, toSender, file, doorbell, _statusFile);
    }

    private ulong TakeFrom(int slot)
    {
        ref readonly Place place = ref _places[slot];
        ulong seen = Volatile.Read(ref _inbox->Seen[slot]);
        ulong now = ReceiverInbox.Pack(place.Tag, Volatile.Read(ref place.Outbox->Counter));

        // If it fails the thread has taken the post itself.
        bool isTaken = seen != now && Interlocked.CompareExchange(ref _inbox->Seen[slot], now, seen) == seen;
        return isTaken ? 1UL << place.Vector : 0;
    }

    /// <summary>Keeps what a slot is given to.</summary>
    private struct Place
    {
        public SenderOutbox* Outbox;
        public HostedProcess Sender;
        public uint Tag;
        public byte Vector;
    }
}
