using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>Joins one executor to the kernel: its channels, its listeners, the notifications that its coroutines use.</summary>
/// <remarks>
/// On the executor's thread, which need not be one of the kernel's. Maps are from addresses of capabilities: a slot that is used for another
/// capability later keeps what was opened through the one before, so runtimes don't share slots with code that reuses them.
/// </remarks>
internal sealed partial class TaskRuntime : IDisposable
{
    [ThreadStatic]
    private static TaskRuntime? t_current;

    private readonly InterruptParking _parking;
    private readonly PeerWatch _watch;

    // What was done on other threads and is to be taken or undone. Locked while the run ends, and for whatever is undone after that: there is no home then.
    private readonly Queue<(Action Take, Action? Undo)> _arrivals = new();

    // Replaced and never changed, as metrics are read on other threads.
    private ChannelSource[] _channels = [];
    private CapabilityMap<Connection> _connections = new();
    private CapabilityMap<Listener> _listeners = new();
    private CapabilityMap<NotificationPort> _notifications = new();
    private CapabilityMap<SignalPort> _signals = new();

    /// <summary>Makes the runtime of the calling thread, and its executor.</summary>
    /// <param name="machine">The machine of the system that it is to be joined to.</param>
    /// <exception cref="InvalidOperationException">The process is no task, or has no memory for it; or the thread has an executor.</exception>
    public TaskRuntime(AsyncMachine machine)
    {
        Machine = machine;
        Executor.RequireNone();
        Doorbells = Machine.Threads.Invoke(() => Doorbells.Make(Machine));
        _parking = Machine.CreateParking(Doorbells.Receiver);
        Executor = new Executor(new ExecutorOptions { Parking = _parking, TimeProvider = Machine.Clock });
        Responses = new CompletionPool<IpcResponse>(Executor);
        Requests = new CompletionPool<IpcRequest>(Executor);
        Written = new CompletionPool<Nothing>(Executor);
        _watch = new PeerWatch(this);
        Executor.BindDoorbell(_watch, Doorbells.PeersEnded);
        Executor.Failed = new FailedHolders(this).Add;
        t_current = this;
        RuntimeMeter.Add(this);
        if (TryEnlist(this))
            return;
        Dispose();
        throw new KernelEndedException();
    }

    /// <summary>Gets the runtime of the calling thread; null if it has none.</summary>
    public static TaskRuntime? Current => t_current;

    /// <summary>Gets whether it has ended: nothing is done on its executor any more. Any thread.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Gets the machine.</summary>
    public AsyncMachine Machine { get; }

    /// <summary>Gets the executor.</summary>
    public Executor Executor { get; }

    /// <summary>Gets what peers wake the executor by.</summary>
    public Doorbells Doorbells { get; }

    /// <summary>Gets the channels that are open. Any thread.</summary>
    public ChannelSource[] Channels => Volatile.Read(ref _channels);

    /// <summary>Finds the way to an endpoint; nothing is opened yet.</summary>
    public Connection ConnectionTo(ulong endpoint) => _connections.Find(endpoint) ?? _connections.Add(endpoint, new Connection(this, new EndpointCap(Require(endpoint))));

    /// <summary>Finds who receives from an endpoint; it begins to receive.</summary>
    public Listener ListenerAt(ulong endpoint) =>
        _listeners.Find(endpoint) ?? _listeners.Add(endpoint, new Listener(this, Machine, new EndpointCap(Require(endpoint))));

    /// <summary>Finds where signals of a notification arrive; from the first time on this process takes them.</summary>
    /// <exception cref="SeL4Exception">The Read right is missing, or the notification has another receiver.</exception>
    public NotificationPort NotificationAt(ulong notification) =>
        _notifications.Find(notification) ?? _notifications.Add(notification, NotificationPort.Open(this, new NotificationCap(Require(notification))));

    /// <summary>Finds how a notification is signalled.</summary>
    public SignalPort SignalTo(ulong notification) =>
        _signals.Find(notification) ?? _signals.Add(notification, new SignalPort(Machine, new NotificationCap(Require(notification))));

    /// <summary>Closes the channel to an endpoint, if there is one, and forgets the way there.</summary>
    public void CloseChannel(ulong endpoint) => _connections.Remove(endpoint)?.Close();

    /// <summary>Gets the completions of calls.</summary>
    public CompletionPool<IpcResponse> Responses { get; }

    /// <summary>Gets the completions of receives.</summary>
    public CompletionPool<IpcRequest> Requests { get; }

    /// <summary>Gets the completions of writes.</summary>
    public CompletionPool<Nothing> Written { get; }

    /// <summary>Begins to serve a channel that was just opened.</summary>
    public void Add(ChannelSource channel)
    {
        Volatile.Write(ref _channels, [.. _channels, channel]);
        Executor.BindDoorbell(channel, channel.DoorbellBit);
        // The peer may have rung before anybody was bound to the bit.
        Executor.Heat(channel);
        // Or it may have ended.
        channel.CheckPeer();
    }

    /// <summary>Serves a channel that has ended no longer.</summary>
    /// <remarks>After this no other thread reads its counts, which lie in its frame: that may be unmapped now.</remarks>
    public void Forget(ChannelSource channel, ChannelEndReason reason)
    {
        Executor.UnbindDoorbell(channel, channel.DoorbellBit);
        // Waits for a listener that reads of the channels there were before.
        RuntimeMeter.AddEnded(channel, reason, () => Volatile.Write(ref _channels, [.. _channels.Where(open => open != channel)]));
    }

    /// <summary>Hands over what was done on another thread for this runtime. Any thread.</summary>
    /// <param name="take">Takes it. On the executor's thread.</param>
    /// <param name="undo">Gives everything back if the run ends before that, where there is something. On any thread, one at a time.</param>
    public void HandOver(Action take, Action? undo = null)
    {
        lock (_arrivals)
        {
            if (HasEnded)
            {
                undo?.Invoke();
                return;
            }

            _arrivals.Enqueue((take, undo));
            Executor.Post(static self => ((TaskRuntime)self!).TakeArrival(), this);
        }
    }

    /// <summary>Undoes something after the run has ended. Any thread, one at a time.</summary>
    public void UndoAfterRun(Action undo)
    {
        lock (_arrivals)
            undo();
    }

    /// <summary>Adds a receiver that wakes the executor.</summary>
    public void Listen(InterruptReceiver receiver) => _parking.Add(receiver);

    /// <summary>Takes a receiver out again.</summary>
    public void Ignore(InterruptReceiver receiver) => _parking.Remove(receiver);

    /// <summary>Tells the callers whose requests some coroutines had, and have not ended, that there will be no reply: they have failed.</summary>
    public void EndHeldBy(HashSet<ulong> coroutines)
    {
        foreach (ChannelSource channel in _channels)
            channel.EndHeldBy(coroutines);
        foreach (Listener listener in _listeners.All)
            listener.EndHeldBy(coroutines);
    }

    /// <summary>Fails all that waits for the kernel or a peer, as the kernel is about to end: what runs here goes on, and is told. On the executor's thread.</summary>
    public void Fail(KernelEndedException end)
    {
        foreach (Listener listener in _listeners.All)
            listener.Fail(end);
        foreach (Connection connection in _connections.All)
            connection.End();
        foreach (ChannelSource channel in _channels)
            channel.Close();
        foreach (NotificationPort port in _notifications.All)
            port.Fail(end);
    }

    /// <summary>Closes all channels: peers are told. Coroutines that have not ended never go on.</summary>
    public void Dispose()
    {
        lock (_arrivals)
        {
            HasEnded = true;
            while (_arrivals.TryDequeue(out (Action Take, Action? Undo) arrival))
                arrival.Undo?.Invoke();
            foreach (Listener listener in _listeners.All)
                listener.End();
            foreach (Connection connection in _connections.All)
                connection.End();
            foreach (ChannelSource channel in _channels)
                channel.Close();
        }

        foreach (NotificationPort port in _notifications.All)
            port.Dispose();
        foreach (SignalPort port in _signals.All)
            port.Dispose();
        RuntimeMeter.Remove(this);
        if (t_current == this)
            t_current = null;
        Executor.Dispose();
        _parking.Dispose();
        Doorbells.Dispose();
        Delist(this);
    }

    /// <summary>Lets go of all that was opened through a capability, which was taken away. On the executor's thread.</summary>
    private void Drop(ulong capability)
    {
        InvalidOperationException end = AsyncMachine.TakenAway();
        CloseChannel(capability);
        if (_listeners.Remove(capability) is { } listener)
        {
            listener.Fail(end);
            listener.End();
            foreach (ChannelSource channel in _channels.Where(channel => channel.IsOf(listener)))
                channel.Close();
        }

        if (_notifications.Remove(capability) is { } port)
        {
            port.Fail(end);
            port.Dispose();
        }

        _signals.Remove(capability)?.Dispose();
    }

    /// <summary>Refuses a capability of another system, or one that was taken away: what was opened before is found without asking.</summary>
    private ulong Require(ulong capability)
    {
        _ = Machine.SlotOf(capability);
        return capability;
    }

    private void TakeArrival()
    {
        Action take;
        lock (_arrivals)
            take = _arrivals.Dequeue().Take;
        take();
    }

    /// <summary>Looks for channels whose peers have ended, when the kernel says that some have.</summary>
    private sealed class PeerWatch(TaskRuntime runtime) : PollSource
    {
        internal override bool Poll()
        {
            // Once for each ring: the kernel has closed the senders before it rang.
            runtime.Executor.Drop(this);
            foreach (ChannelSource channel in runtime._channels)
                channel.CheckPeer();
            return true;
        }
    }
}
