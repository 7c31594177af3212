using Rel4.Abi;
using Rel4.Hosted.Linux;
using Rel4.Runtime;

namespace Rel4.Hosted.TaskSide;

/// <summary>Takes signals in user mode, and sleeps until there are any: the receiving half of U-notifications.</summary>
/// <remarks>
/// For use by the thread it was registered for only, except where a member says otherwise. That thread may as well wait for the notification in the
/// kernel; what the kernel delivered is not pending here any more, and the other way round.
/// </remarks>
internal sealed unsafe class UserInterruptReceiver : InterruptReceiver
{
    private const int EventCapacity = 64;

    /// <summary>How many senders <see cref="TakeSome"/> looks at.</summary>
    private const int SendersPerLook = 16;

    /// <summary>Marks the data of an event: its descriptor is no bell, but the set of another receiver, or of sockets, whose events are nobody's here.</summary>
    private const ulong IsSet = 1UL << 32, IsSockets = 1UL << 33;

    private readonly KernelConnection _connection;
    private readonly ReceiverStatus* _status;
    private readonly ReceiverInbox* _inbox;
    private readonly int _kernelBell;
    private readonly int _ownBell;
    private readonly int _epoll;
    private Place[] _places = new Place[4];
    private int _count;
    private int _next;

    // Guarded by the list itself. The flag says whether there are any, without the lock.
    private readonly List<Place> _arrivals = [];
    private volatile bool _hasArrivals;
    private bool _isDisposed;

    private UserInterruptReceiver(KernelConnection connection, ReceiverStatus* status, ReceiverInbox* inbox, int kernelBell, int ownBell, int epoll)
    {
        _connection = connection;
        _status = status;
        _inbox = inbox;
        _kernelBell = kernelBell;
        _ownBell = ownBell;
        _epoll = epoll;
    }

    /// <summary>Gets whether the registration, or the kernel, has ended: nothing more will be posted.</summary>
    public override bool IsClosed => Volatile.Read(ref _inbox->Closed) != 0 || _connection.HasEnded;

    /// <inheritdoc/>
    public override uint SendersClosed => Volatile.Read(ref _inbox->SendersClosed);

    /// <summary>Gets how many senders it knows.</summary>
    public int SenderCount => _count;

    /// <summary>Takes over a receiver that was registered for a thread of this process.</summary>
    /// <param name="index">What <see cref="Runtime.SeL4.TCB_RegisterReceiver(ulong, ulong, out ulong)"/> returned. Each registration is taken over once.</param>
    /// <returns>Null if memory or descriptors have run out.</returns>
    /// <exception cref="InvalidOperationException">The kernel has ended.</exception>
    public static UserInterruptReceiver? TryOpen(ulong index) => CurrentTask.Connection.TakeReceiver((ushort)index);

    /// <summary>Maps what the kernel sent: status, inbox, and the bell that the kernel rings.</summary>
    /// <returns>Null if memory or descriptors have run out; the descriptors are closed then.</returns>
    public static UserInterruptReceiver? TryCreate(KernelConnection connection, ReadOnlySpan<int> descriptors)
    {
        var status = (ReceiverStatus*)Memory.TryMapWritable(descriptors[0], ReceiverStatus.Size);
        var inbox = (ReceiverInbox*)Memory.TryMapWritable(descriptors[1], ReceiverInbox.Size);
        Descriptors.CloseAll(descriptors[..2]);
        int epoll = Epoll.TryCreate(), ownBell = Descriptors.TryCreateEvent();
        var receiver = new UserInterruptReceiver(connection, status, inbox, descriptors[2], ownBell, epoll);
        if (status == null || inbox == null || !TryListen(epoll, descriptors[2]) || !TryListen(epoll, ownBell))
        {
            receiver.Dispose();
            return null;
        }

        Volatile.Write(ref inbox->Mapped, 1);
        return receiver;
    }

    /// <summary>Takes all pending bits.</summary>
    public override ulong Take()
    {
        ulong bits = TakePosted();
        for (int i = _count - 1; i >= 0; i--)
            bits |= TakeFrom(i);
        return bits;
    }

    /// <summary>Takes the pending bits of a few senders, of others each time, so that it costs the same however many there are.</summary>
    /// <remarks>A post to a running receiver is found after as many calls as it takes to go round.</remarks>
    public ulong TakeSome()
    {
        ulong bits = TakePosted();
        for (int left = Math.Min(_count, SendersPerLook); left > 0 && _count > 0; left--)
        {
            // Downwards, so that one that is removed is replaced by one that was looked at already.
            if (_next == 0 || _next > _count)
                _next = _count;
            bits |= TakeFrom(--_next);
        }

        return bits;
    }

    /// <summary>Sleeps until something is pending, somebody calls <see cref="Wake"/>, or the limit has passed.</summary>
    /// <param name="limitMs">How long at most; -1 for ever.</param>
    /// <returns>The pending bits, which are taken. 0 if it woke up for another reason, or for none.</returns>
    public ulong Park(int limitMs)
    {
        ShowParked();
        ulong bits = Take();
        if (bits == 0 && !IsClosed)
            Sleep(limitMs);
        ShowRunning();
        return bits == 0 ? Take() : bits;
    }

    /// <summary>Announces that the thread is about to sleep. It looks once more at all that it must not miss before it calls <see cref="Sleep"/>.</summary>
    public void ShowParked()
    {
        // Is the fence, too. Pairs with those in UserInterruptSender.TryPost, HostedReceiver.Post and Wake: either what comes next sees what was
        // posted, or the poster sees this.
        Interlocked.Exchange(ref _status->Parked, 1);
    }

    /// <summary>Sleeps until there may be something.</summary>
    /// <param name="limitMs">How long at most; -1 for ever.</param>
    /// <returns>False if the limit has passed.</returns>
    public bool Sleep(int limitMs) => Silence(_epoll, limitMs);

    /// <summary>Announces that the thread does not sleep.</summary>
    public void ShowRunning() => Volatile.Write(ref _status->Parked, 0);

    /// <summary>Wakes the thread if it sleeps or is about to. For other threads of the process; what they changed before, it sees.</summary>
    public void Wake()
    {
        // Pairs with ShowParked.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _status->Parked) != 0)
            Descriptors.Ring(_ownBell);
    }

    /// <summary>Ends this or the next <see cref="Sleep"/>. For any thread, also once the receiver is gone.</summary>
    public void Ring()
    {
        lock (_arrivals)
        {
            if (!_isDisposed)
                Descriptors.Ring(_ownBell);
        }
    }

    /// <summary>Lets <see cref="Sleep"/> end for another receiver, too.</summary>
    /// <exception cref="InvalidOperationException">Linux has no memory left for it.</exception>
    public void Include(UserInterruptReceiver other)
    {
        if (!Epoll.TryAddReadable(_epoll, other._epoll, IsSet | (uint)other._epoll))
            throw new InvalidOperationException("Linux has no memory left to wait for one more notification. Wait for fewer, or raise fs.epoll.max_user_watches");
    }

    /// <summary>Lets <see cref="Sleep"/> end for sockets, too.</summary>
    /// <returns>False if Linux has no memory left for it.</returns>
    public bool TryInclude(SocketSet sockets) => Epoll.TryAddReadable(_epoll, sockets.Descriptor, IsSockets);

    /// <summary>Ends what <see cref="Include"/> began.</summary>
    public void Exclude(UserInterruptReceiver other) => Epoll.Remove(_epoll, other._epoll);

    /// <summary>Adds a sender that the kernel sent: outbox, doorbell. For the reader of the socket.</summary>
    /// <returns>False if memory has run out or nobody wants it; the descriptors are the caller's still.</returns>
    public bool TryAdd(in TaskMessage message, ReadOnlySpan<int> descriptors)
    {
        lock (_arrivals)
        {
            if (_isDisposed)
                return false;
            var place = new Place
            {
                Outbox = (SenderOutbox*)Memory.TryMapReadOnly(descriptors[0], SenderOutbox.Size),
                Doorbell = descriptors[1],
                Tag = (uint)message.Number,
                Slot = message.Slot % ReceiverInbox.Slots,
                Vector = message.Vector,
            };
            if (place.Outbox == null)
                return false;
            _ = Descriptors.Close(descriptors[0]);
            // Others can register and unregister without end while the thread computes, but a slot has one sender at a time.
            ForgetStaleArrivals();
            _arrivals.Add(place);
            _hasArrivals = true;
            Wake();
        }

        return true;
    }

    /// <summary>Wakes the thread because the kernel has ended. For the reader of the socket.</summary>
    public void KernelEnded()
    {
        lock (_arrivals)
        {
            if (!_isDisposed)
                Wake();
        }
    }

    /// <summary>Gives back what the process holds for it. The registration ends with the notification or the thread, or is ended by the kernel's method.</summary>
    public override void Dispose()
    {
        lock (_arrivals)
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
            Adopt();
            while (_count > 0)
                Remove(_count - 1);
            Memory.Unmap(_status, ReceiverStatus.Size);
            Memory.Unmap(_inbox, ReceiverInbox.Size);
            Descriptors.CloseAll(_kernelBell, _ownBell, _epoll);
        }
    }

    private static bool TryListen(int epoll, int bell) => Epoll.TryAddDoorbell(epoll, bell, (ulong)bell);

    /// <summary>Waits for rings and takes them. Rings that come later are for posts that whoever calls this has not looked for yet.</summary>
    /// <returns>Whether there were any.</returns>
    private static bool Silence(int epoll, int limitMs)
    {
        Epoll.Event* events = stackalloc Epoll.Event[EventCapacity];
        int count = Epoll.Wait(epoll, events, EventCapacity, limitMs);
        for (int i = 0; i < count; i++)
        {
            ulong data = events[i].Data;
            if ((data & IsSet) != 0)
                _ = Silence((int)(uint)data, limitMs: 0);
            else if ((data & IsSockets) == 0)
                Descriptors.Silence((int)data);
        }

        return count > 0;
    }

    /// <summary>Takes what the kernel posted, and takes new senders over.</summary>
    private ulong TakePosted()
    {
        if (_hasArrivals)
            Adopt();
        return Volatile.Read(ref _inbox->Posted) == 0 ? 0 : Interlocked.Exchange(ref _inbox->Posted, 0);
    }

    /// <summary>Takes the post of a sender, or lets go of one that is gone.</summary>
    private ulong TakeFrom(int index)
    {
        ref readonly Place place = ref _places[index];
        ulong seen = Volatile.Read(ref _inbox->Seen[place.Slot]);
        if (ReceiverInbox.Tag(seen) != place.Tag)
        {
            Remove(index);
            return 0;
        }

        // If it fails the kernel has taken the post, or the slot.
        ulong now = ReceiverInbox.Pack(place.Tag, Volatile.Read(ref place.Outbox->Counter));
        bool isTaken = seen != now && Interlocked.CompareExchange(ref _inbox->Seen[place.Slot], now, seen) == seen;
        return isTaken ? 1UL << place.Vector : 0;
    }

    /// <summary>Takes new senders over. Only now are their bells in the set: whoever closes one may not have its event under way.</summary>
    private void Adopt()
    {
        lock (_arrivals)
        {
            ForgetStaleArrivals();
            if (_places.Length < _count + _arrivals.Count)
                MakeRoom(_arrivals.Count);
            foreach (Place place in _arrivals)
            {
                if (TryListen(_epoll, place.Doorbell))
                    _places[_count++] = place;
                else
                    Free(place);
            }

            _arrivals.Clear();
            _hasArrivals = false;
        }
    }

    private void MakeRoom(int arrivals)
    {
        for (int i = _count - 1; i >= 0; i--)
        {
            if (IsStale(_places[i]))
                Remove(i);
        }

        if (_places.Length < _count + arrivals)
            Array.Resize(ref _places, Math.Max(2 * _places.Length, _count + arrivals));
    }

    /// <summary>Lets go of senders that went before the thread looked.</summary>
    private void ForgetStaleArrivals()
    {
        for (int i = _arrivals.Count - 1; i >= 0; i--)
        {
            if (!IsStale(_arrivals[i]))
                continue;
            Free(_arrivals[i]);
            _arrivals[i] = _arrivals[^1];
            _arrivals.RemoveAt(_arrivals.Count - 1);
        }
    }

    private bool IsStale(in Place place) => ReceiverInbox.Tag(Volatile.Read(ref _inbox->Seen[place.Slot])) != place.Tag;

    private void Remove(int index)
    {
        Place place = _places[index];
        _places[index] = _places[--_count];
        Epoll.Remove(_epoll, place.Doorbell);
        Free(place);
    }

    private static void Free(in Place place)
    {
        _ = Descriptors.Close(place.Doorbell);
        Memory.Unmap(place.Outbox, SenderOutbox.Size);
    }

    /// <summary>Keeps what a slot was given to.</summary>
    private struct Place
    {
        public SenderOutbox* Outbox;
        public int Doorbell;
        public uint Tag;
        public int Slot;
        public byte Vector;
    }
}
