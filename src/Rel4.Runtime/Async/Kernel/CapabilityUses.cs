using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Is what a process has under way by the slots of its capabilities: who waits in the kernel, and which notifications it takes the signals of.</summary>
/// <remarks>
/// A slot may become another capability's only when nobody uses it any more: a thread that has found the slot, and waits or is about to, would reach that other object. So whoever uses
/// one for longer than a system call of the steward is noted here, before it finds the slot.
/// </remarks>
internal sealed class CapabilityUses
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, List<KernelWait>> _waits = [];
    private readonly Dictionary<ulong, NotificationReceiver> _receivers = [];

    /// <summary>Notes who waits by a capability. On its thread.</summary>
    public void Add(ulong capability, KernelWait wait)
    {
        lock (_lock)
        {
            if (!_waits.TryGetValue(capability, out List<KernelWait>? waits))
                _waits.Add(capability, waits = []);
            waits.Add(wait);
        }
    }

    /// <summary>Takes note that it makes no more use of the capability. On its thread.</summary>
    public void Remove(ulong capability, KernelWait wait)
    {
        lock (_lock)
        {
            List<KernelWait> waits = _waits[capability];
            waits.Remove(wait);
            if (waits.Count == 0)
                _waits.Remove(capability);
        }

        wait.Done();
    }

    /// <summary>Notes a registration as receiver. On the steward.</summary>
    public void Add(ulong capability, NotificationReceiver receiver)
    {
        lock (_lock)
            _receivers[capability] = receiver;
    }

    /// <summary>Takes note that it has ended. On the steward.</summary>
    public void Remove(ulong capability, NotificationReceiver receiver)
    {
        lock (_lock)
        {
            if (_receivers.GetValueOrDefault(capability) == receiver)
                _receivers.Remove(capability);
        }
    }

    /// <summary>Ends what is under way by a capability that nobody finds a slot of any more, whatever executors are about. Any thread but the steward.</summary>
    /// <returns>Completes when nobody uses the slot.</returns>
    /// <exception cref="KernelEndedException">The kernel has ended.</exception>
    public async Task EndAsync(KernelThreads threads, ulong capability)
    {
        KernelWait[] waits;
        lock (_lock)
            waits = _waits.TryGetValue(capability, out List<KernelWait>? all) ? [.. all] : [];
        foreach (KernelWait wait in waits)
            wait.End();
        await Task.WhenAll(waits.Select(wait => wait.Left)).ConfigureAwait(false);
        // What the steward does by the slot is behind then, too.
        threads.Invoke(() =>
        {
            NotificationReceiver? receiver;
            lock (_lock)
                receiver = _receivers.GetValueOrDefault(capability);
            receiver?.Unregister();
            return true;
        });
    }
}
