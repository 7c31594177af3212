using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Is this process' sender for one capability, which all its executors use: the kernel gives a thread one, and the steward registers for all.</summary>
/// <remarks>Posts of several threads may come together: a post is one atomic step. It is freed when the last executor has let go of it.</remarks>
internal sealed class SharedSender
{
    private static readonly Lock s_lock = new();
    private static readonly Dictionary<(AsyncMachine Machine, ulong Capability), SharedSender> s_senders = [];

    private readonly (AsyncMachine Machine, ulong Capability) _capability;
    private readonly InterruptSender _sender;
    private int _holders;

    private SharedSender((AsyncMachine Machine, ulong Capability) capability, InterruptSender sender)
    {
        _capability = capability;
        _sender = sender;
    }

    /// <summary>Gets the process' sender for a capability, registered if need be. On the steward.</summary>
    /// <returns>Null if it can't be registered now.</returns>
    public static SharedSender? TryAcquire(AsyncMachine machine, NotificationCap notification)
    {
        lock (s_lock)
        {
            if (s_senders.TryGetValue((machine, notification.CPtr), out SharedSender? known) && !known._sender.IsClosed)
            {
                known._holders++;
                return known;
            }

            if (machine.TryRegisterSender(notification, out InterruptSender? sender) != SeL4Error.NoError)
                return null;
            var made = new SharedSender((machine, notification.CPtr), sender!) { _holders = 1 };
            s_senders[made._capability] = made;
            return made;
        }
    }

    /// <summary>Signals. Any thread that holds it.</summary>
    /// <returns>False if the registration has ended: let go of it.</returns>
    public bool TryPost() => _sender.TryPost();

    /// <summary>Lets go of it.</summary>
    public void Release()
    {
        lock (s_lock)
        {
            if (--_holders != 0)
                return;
            if (s_senders.GetValueOrDefault(_capability) == this)
                s_senders.Remove(_capability);
            _sender.Dispose();
        }
    }
}
