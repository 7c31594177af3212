using Rel4.Hosted.Linux;
using Rel4.Runtime;

namespace Rel4.Hosted.TaskSide;

/// <summary>Parks an executor on the bells of its receivers of user interrupts.</summary>
/// <remarks>
/// <para>
/// All bells are in one epoll set, the doorbells' own; those of other receivers are in sets that are in that one. While the executor runs it is
/// not rung for: then <see cref="TakeDoorbells"/> looks at a few senders each turn, and at all of them when it parks, and after it was rung. What the
/// kernel closes it sees in any turn.
/// </para>
/// <para>
/// The kernel does not let the executor's thread stay on the processor that it runs on itself: an executor that spins there would keep it from
/// whom it spins for.
/// </para>
/// </remarks>
internal sealed class UserInterruptParking : InterruptParking
{
    /// <summary>How many receivers besides the doorbells' are looked at in a turn.</summary>
    private const int ReceiversPerTurn = 16;

    private static readonly Lazy<TimeSpan> s_wakeUpCost = new(WakeUpMeasurement.Take);

    private readonly UserInterruptReceiver _doorbells;
    private readonly TaskThread? _thread;
    private readonly List<UserInterruptReceiver> _others = [];
    private readonly Pulse _pulse = new();
    private SocketSet? _sockets;
    private int _nextOther;
    private bool _isParked;
    private bool _wasRung;
    private (uint SendersClosed, bool IsClosed) _ended;

    // Written by the executor's thread, and back to 0 by the one waker that wins the exchange, so that one park has one ring at most.
    private int _canWake;

    /// <summary>Makes one for the calling thread.</summary>
    /// <param name="doorbells">The receiver of the executor's doorbells; whoever opened it disposes of it, after this.</param>
    /// <param name="processors">Where the process' threads may run.</param>
    public UserInterruptParking(UserInterruptReceiver doorbells, in Affinity.ProcessorSet processors)
    {
        _doorbells = doorbells;
        _ended.SendersClosed = doorbells.SendersClosed;
        _thread = TaskThread.Current;
        _thread?.StayAway();
        Affinity.TrySet(0, processors);
        WakeUpCost = s_wakeUpCost.Value;
        MaySpin = processors.Count > 1;
        // An executor is run as soon as it is made: it may hang in its first turn.
        _pulse.Beat();
    }

    /// <inheritdoc/>
    public override TimeSpan WakeUpCost { get; }

    /// <inheritdoc/>
    public override bool MaySpin { get; }

    /// <inheritdoc/>
    public override int Processor => Affinity.CurrentProcessor();

    /// <inheritdoc/>
    public override void Add(InterruptReceiver receiver)
    {
        var other = (UserInterruptReceiver)receiver;
        _doorbells.Include(other);
        _others.Add(other);
    }

    /// <inheritdoc/>
    public override void Remove(InterruptReceiver receiver)
    {
        var other = (UserInterruptReceiver)receiver;
        if (_others.Remove(other))
            _doorbells.Exclude(other);
    }

    /// <inheritdoc/>
    public override void Watch(IWatched watched)
    {
        _sockets ??= SocketSet.Make(_doorbells);
        _sockets.Add(watched);
    }

    /// <inheritdoc/>
    public override void WatchAnew(IWatched watched) => _sockets?.AskAgain(watched);

    /// <inheritdoc/>
    public override void Unwatch(IWatched watched) => _sockets?.Remove(watched);

    /// <inheritdoc/>
    public override void PreparePark()
    {
        _isParked = true;
        _pulse.Sleep();
        foreach (UserInterruptReceiver receiver in _others)
            receiver.ShowParked();
        _doorbells.ShowParked();

        // Is the fence for wakers of this process; the receivers' are above. Pairs with the one that Wake's caller has put.
        Interlocked.Exchange(ref _canWake, 1);
    }

    /// <inheritdoc/>
    public override void Sleep(TimeSpan timeout)
    {
        _wasRung = _doorbells.Sleep(Milliseconds(timeout));
    }

    /// <inheritdoc/>
    public override void EndPark()
    {
        _isParked = false;
        _pulse.Wake();
        Volatile.Write(ref _canWake, 0);
        foreach (UserInterruptReceiver receiver in _others)
            receiver.ShowRunning();
        _doorbells.ShowRunning();
    }

    /// <inheritdoc/>
    public override void Wake()
    {
        if (Volatile.Read(ref _canWake) != 0 && Interlocked.Exchange(ref _canWake, 0) != 0)
            _doorbells.Ring();
    }

    /// <inheritdoc/>
    public override ulong TakeDoorbells()
    {
        // Who is about to sleep is woken for what they have.
        if (!_isParked)
        {
            _pulse.Beat();
            _sockets?.TakeEvents();
        }

        if (_isParked || _wasRung)
            return TakeAll();
        for (int left = Math.Min(_others.Count, ReceiversPerTurn); left > 0 && _others.Count > 0; left--)
        {
            if (_nextOther == 0 || _nextOther > _others.Count)
                _nextOther = _others.Count;
            UserInterruptReceiver receiver = _others[--_nextOther];
            Report(receiver, receiver.TakeSome());
        }

        return _doorbells.TakeSome() | TakeEnds();
    }

    /// <summary>Lets the kernel place the thread again.</summary>
    public override void Dispose()
    {
        Volatile.Write(ref _canWake, 0);
        while (_others.Count > 0)
            Remove(_others[^1]);
        _sockets?.Dispose();
        _pulse.Dispose();
        _thread?.ComeBack();
    }

    private static int Milliseconds(TimeSpan timeout) =>
        timeout == Timeout.InfiniteTimeSpan ? -1 : (int)Math.Min(int.MaxValue, Math.Ceiling(timeout.TotalMilliseconds));

    private static void Report(UserInterruptReceiver receiver, ulong bits)
    {
        if (bits != 0)
            receiver.Arrived?.Invoke(bits);
    }

    private ulong TakeAll()
    {
        _wasRung = false;

        // Whom bits are reported to may add receivers, and remove its own.
        for (int i = _others.Count - 1; i >= 0; i--)
        {
            if (i < _others.Count)
                Report(_others[i], _others[i].Take());
        }

        return _doorbells.Take() | TakeEnds();
    }

    /// <summary>Gets the bit that says that peers have ended, once each time that any have.</summary>
    private ulong TakeEnds()
    {
        (uint, bool) now = (_doorbells.SendersClosed, _doorbells.IsClosed);
        if (now == _ended)
            return 0;
        _ended = now;
        return 1UL << Doorbells.PeersEnded;
    }
}
