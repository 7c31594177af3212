using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Is the notification through which peers wake one executor, and the capabilities that they are given for it, one for each bit.</summary>
/// <remarks>Channels share bits when there are more than <see cref="Count"/>: a ring then makes the executor look at each of them.</remarks>
internal sealed class Doorbells : IDisposable
{
    /// <summary>How many bits there are for channels.</summary>
    public const int Count = 63;

    /// <summary>The bit that the parking sets when senders of this process were closed: peers have ended.</summary>
    public const int PeersEnded = 63;

    private readonly KernelThreads _threads;
    private readonly ulong _notification;
    private readonly NotificationReceiver _registration;
    private readonly ulong[] _capabilities = new ulong[Count];
    private readonly Lock _lock = new();
    private uint _next;
    private bool _isDisposed;

    private Doorbells(KernelThreads threads, ulong notification, NotificationReceiver registration)
    {
        _threads = threads;
        _notification = notification;
        _registration = registration;
    }

    /// <summary>Gets what the executor takes rings from.</summary>
    public InterruptReceiver Receiver => _registration.Interrupts;

    /// <summary>Makes the notification. On a thread of the kernel.</summary>
    /// <exception cref="InvalidOperationException">Memory or slots have run out.</exception>
    public static Doorbells Make(AsyncMachine machine)
    {
        ulong notification = machine.Threads.Objects.MakeSmall(ObjectType.Notification);
        return new Doorbells(machine.Threads, notification, NotificationReceiver.RegisterOwn(machine, new NotificationCap(notification)));
    }

    /// <summary>Chooses a bit for a channel. Any thread.</summary>
    public int ChooseBit() => (int)(Interlocked.Increment(ref _next) % Count);

    /// <summary>Gets the capability that a peer gets to ring a bit. On a thread of the kernel.</summary>
    public ulong CapabilityOf(int bit)
    {
        lock (_lock)
        {
            // The notification may be another's soon.
            if (_isDisposed)
                throw new InvalidOperationException("The executor has ended, so nobody can ring it.");
            ref ulong slot = ref _capabilities[bit];
            if (slot == 0)
            {
                ulong made = _threads.Objects.TakeSlot();
                CNodeCap slots = _threads.Objects.Holdings.CNode;
                slots.Mint(slots[_notification], made, CapRights.Write, 1UL << bit);
                slot = made;
            }

            return slot;
        }
    }

    /// <summary>Replies with the capability that a peer gets to ring a bit, if it was made and nobody has taken it back. On a thread of the kernel.</summary>
    /// <remarks>Under the lock, as its slot may be anything's after that: a reply waits for nobody.</remarks>
    public bool TryReplyWith(int bit, ReceivedMessage message)
    {
        lock (_lock)
        {
            if (_isDisposed)
                return false;
            message.Reply((ulong)ChannelRefusal.None, [], [_capabilities[bit]]);
            return true;
        }
    }

    /// <summary>Takes the capabilities from all who were given them, and gives the notification back.</summary>
    public void Dispose()
    {
        lock (_lock)
            _isDisposed = true;
        _registration.Dispose();
        _threads.Post(() =>
        {
            RuntimeObjects objects = _threads.Objects;
            objects.Holdings.CNode.Revoke(_notification);
            lock (_lock)
            {
                foreach (ulong capability in _capabilities.Where(slot => slot != 0))
                    objects.ReturnSlot(capability);
            }

            objects.ReturnSmall(ObjectType.Notification, _notification);
        });
    }
}
