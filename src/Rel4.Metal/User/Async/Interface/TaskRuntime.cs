using System.Runtime.CompilerServices;
using Rel4.Abi;
using Rel4.Metal.User;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>Joins the task's executor to the broker and the kernel: its channels, the endpoint that it receives from, its notification.</summary>
internal sealed unsafe class TaskRuntime
{
    private const int Slots = 1 << BrokerLayout.NodeBits;

    // A ring, whose records are up to a quarter of it, and behind it memory that is lent: as on Hosted.
    private const uint RingLines = ((8 * ChannelFrame.UnitSize) - ChannelFrame.HeaderSize) / ChannelFrame.LineSize;

    private static TaskRuntime? s_current;

    private readonly Connection?[] _connections = new Connection?[Slots];
    private readonly SignalPort?[] _signals = new SignalPort?[Slots];
    private readonly ChannelLine[] _lines = new ChannelLine[BrokerLayout.Channels];
    private readonly CompletionPool<ulong> _waits;
    private WaitQueue<ulong> _waiters = new();
    private ulong _pending;
    private EndpointPort? _port;

    /// <summary>Makes it, and the executor of this thread.</summary>
    public TaskRuntime()
    {
        var page = (BrokerPage*)BrokerLayout.Page;
        Executor = new Executor(this, (int)page->Processor, maySpin: page->Processors > 1);
        Replies = new CompletionPool<IpcResponse>(Executor);
        Written = new CompletionPool<Nothing>(Executor);
        _waits = new CompletionPool<ulong>(Executor);
        for (int i = 0; i < _lines.Length; i++)
            _lines[i] = new ChannelLine(this, i);
        s_current = this;
        SeL4.SetCapReceivePath(BrokerLayout.Node, BrokerLayout.Ticket, BrokerLayout.NodeBits);
        if (SeL4.TCB_RegisterReceiver(BrokerLayout.Thread, BrokerLayout.Bell, Interruptions.Handler(), Interruptions.RedZone, out _) != SeL4Error.NoError)
            Misuse.Throw("This task has no bell.");
        Interruptions.Unmask();
    }

    /// <summary>Gets the runtime of this task, which has one.</summary>
    public static TaskRuntime Required
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if (s_current is null)
                Misuse.Throw("There is no runtime: the task is to begin by ReL4.Run.");
            return s_current!;
        }
    }

    /// <summary>Gets how large a channel is, and what the peer is allowed: the broker and both ends have the same.</summary>
    public static ChannelOptions Options => new() { RingLines = RingLines, MaxMessageBytes = BrokerLayout.MostMessageBytes };

    /// <summary>Gets the executor.</summary>
    public Executor Executor { get; }

    /// <summary>Gets the completions of calls.</summary>
    public CompletionPool<IpcResponse> Replies { get; }

    /// <summary>Gets the completions of messages that wait to be written.</summary>
    public CompletionPool<Nothing> Written { get; }

    /// <summary>Gets whether a coroutine waits for a signal.</summary>
    public bool WaitsForSignals => _waiters.HasPending();

    /// <summary>Runs an async method until it has ended, then closes all channels.</summary>
    public void Run(delegate*<CoTask> main)
    {
        CoroutineId id = Executor.Spawn(&MainAsync, new MainMethod(main));
        Executor.RunUntil(id);
        for (int i = 0; i < _lines.Length; i++)
            _lines[i].Close();
    }

    /// <summary>Gets the channel of a number.</summary>
    public ChannelLine Line(int number) => _lines[number];

    /// <summary>Finds the way to an endpoint.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Connection ConnectionTo(ulong endpoint)
    {
        if (endpoint >= Slots)
            Misuse.ThrowOutOfRange(nameof(endpoint), (long)endpoint);
        return _connections[(int)endpoint] ?? Connect(endpoint);
    }

    private Connection Connect(ulong endpoint) => _connections[(int)endpoint] = new Connection(this, endpoint);

    /// <summary>Finds who receives from an endpoint.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Listener ListenerAt(ulong endpoint)
    {
        return _port is { } port && port.Endpoint == endpoint ? port.Listener : Listen(endpoint);
    }

    private Listener Listen(ulong endpoint)
    {
        if (_port is not null)
            Misuse.Throw("A task receives from one endpoint: its thread sleeps in one place.");
        _port = new EndpointPort(this, endpoint);
        return _port.Listener;
    }

    /// <summary>Signals.</summary>
    public void Signal(ulong notification)
    {
        if (notification >= Slots)
            Misuse.ThrowOutOfRange(nameof(notification), (long)notification);
        (_signals[(int)notification] ??= new SignalPort(notification)).Signal();
    }

    /// <summary>Waits for signals, and takes them.</summary>
    public CoTask<ulong> Wait(ulong notification)
    {
        Completion<ulong> wait = _waits.Rent();
        if (notification != BrokerLayout.Bell)
            wait.TrySetOutcome(wait.Version, CompletionOutcome.Failed);
        else if (!_waiters.HasPending() && Poll(notification) is var bits && bits != 0)
            wait.TrySetResult(wait.Version, bits);
        else
            _waiters.Enqueue(wait);
        return wait.Task;
    }

    /// <summary>Takes the signals that have arrived.</summary>
    public ulong Poll(ulong notification)
    {
        if (notification != BrokerLayout.Bell)
            return 0;
        if (_pending == 0)
            Executor.TakeSignals();
        ulong bits = _pending;
        _pending = 0;
        return bits;
    }

    /// <summary>Takes what was posted: gives signals to who waits for them.</summary>
    /// <returns>What is left: the doorbells.</returns>
    public ulong TakeSignals(ulong posted)
    {
        if ((posted & BrokerLayout.SendersClosed) != 0)
            LookForClosedSenders();
        ulong signals = posted & BrokerLayout.Signals;
        if (signals != 0)
        {
            _pending |= signals;
            if (_waiters.HasPending())
            {
                Completion<ulong> waiter = _waiters.Dequeue();
                waiter.TrySetResult(waiter.Version, _pending);
                _pending = 0;
            }
        }

        return posted & ((1UL << BrokerLayout.Channels) - 1);
    }

    /// <summary>Sleeps in the kernel until something comes. Interrupts are masked.</summary>
    /// <returns>What was posted.</returns>
    public ulong Sleep()
    {
        if (_port is { HasRoom: true } port)
            return port.Sleep();
        SeL4.Wait(BrokerLayout.Bell, out ulong word);
        return word;
    }

    /// <summary>Looks now and then whether something has come to the endpoint, for a task that never sleeps.</summary>
    public bool LookAtEndpoint() => _port is { HasRoom: true } port && port.Look();

    /// <summary>Has the broker do something.</summary>
    /// <returns>Whether it has.</returns>
    public static bool TryAsk(BrokerLabel label, ref ulong word, uint capabilities = 0)
    {
        SeL4.SetMR(0, word);
        MessageInfo reply = SeL4.Call(BrokerLayout.Broker, new MessageInfo((ulong)label, 0, capabilities, 1));
        if (reply.Length > 0)
            word = SeL4.GetMR(0);
        return reply.Label == (ulong)BrokerRefusal.None;
    }

    /// <summary>Empties the slot of the ticket.</summary>
    public static void DropTicket() => _ = SeL4.CNode_Delete(BrokerLayout.Node, BrokerLayout.Ticket, BrokerLayout.NodeBits);

    /// <summary>Looks for channels whose peer has gone without the broker knowing, and for signals that reach nobody.</summary>
    private void LookForClosedSenders()
    {
        if (SeL4.TCB_ReadSenders(BrokerLayout.Thread, out ulong open) != SeL4Error.NoError)
            return;
        for (int i = 0; i < _lines.Length; i++)
            _lines[i].LookForPeer(open);
        for (int i = 0; i < _signals.Length; i++)
            _signals[i]?.LookForReceiver(open);
    }

    private static CoTask MainAsync(MainMethod main) => main.Begin();

    private sealed class MainMethod(delegate*<CoTask> method)
    {
        public CoTask Begin() => method();
    }
}
