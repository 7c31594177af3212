using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Is the notification through which peers wake one executor, and the capabilities that they are given for it, one for each bit.</summary>
/// <remarks>Channels share bits when there are more than <see cref="Count"/>: a ring then makes the executor look at each of them.</remarks>
internal sealed class Doorbells
{
    /// <summary>How many bits there are for channels.</summary>
    public const int Count = 63;

    /// <summary>The bit that the parking sets when senders of this process were closed: peers have ended.</summary>
    public const int PeersEnded = 63;

    private readonly RuntimeObjects _objects;
    private readonly ulong _notification;
    private readonly ulong[] _capabilities = new ulong[Count];
    private readonly Lock _lock = new();
    private uint _next;

    private Doorbells(RuntimeObjects objects, ulong notification, InterruptReceiver receiver)
    {
        _objects = objects;
        _notification = notification;
        Receiver = receiver;
    }

    /// <summary>Gets what the executor takes rings from.</summary>
    public InterruptReceiver Receiver { get; }

    /// <summary>Makes the notification. On a thread of the kernel.</summary>
    /// <exception cref="InvalidOperationException">Memory or slots have run out.</exception>
    public static Doorbells Make(AsyncMachine machine)
    {
        ulong notification = machine.Threads.Objects.MakeSmall(ObjectType.Notification);
        return new Doorbells(machine.Threads.Objects, notification, NotificationReceiver.Register(machine, new Notification(notification)));
    }

    /// <summary>Chooses a bit for a channel. Any thread.</summary>
    public int ChooseBit() => (int)(Interlocked.Increment(ref _next) % Count);

    /// <summary>Gets the capability that a peer gets to ring a bit. On a thread of the kernel.</summary>
    public ulong CapabilityOf(int bit)
    {
        lock (_lock)
        {
            ref ulong slot = ref _capabilities[bit];
            if (slot == 0)
            {
                ulong made = _objects.TakeSlot();
                CNode slots = _objects.Holdings.CNode;
                slots.Mint(slots[_notification], made, CapRights.Write, 1UL << bit);
                slot = made;
            }

            return slot;
        }
    }
}
