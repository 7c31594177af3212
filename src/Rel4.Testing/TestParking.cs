using Rel4.Runtime;

namespace Rel4.Testing;

/// <summary>Parks an executor: its thread gives its turn away until a signal is pending, a peer has ended, or somebody wakes it.</summary>
internal sealed class TestParking(TestMachine machine, TestReceiver doorbells) : InterruptParking
{
    private readonly List<TestReceiver> _others = [];
    private uint _sendersClosed = machine.SendersClosed;
    private int _isWoken;

    /// <inheritdoc/>
    public override TimeSpan WakeUpCost => TimeSpan.Zero;

    /// <inheritdoc/>
    public override bool MaySpin => false;

    /// <inheritdoc/>
    public override int Processor => 0;

    /// <inheritdoc/>
    public override void YieldProcessor()
    {
    }

    /// <inheritdoc/>
    public override void Add(InterruptReceiver receiver) => _others.Add((TestReceiver)receiver);

    /// <inheritdoc/>
    public override void Remove(InterruptReceiver receiver) => _others.Remove((TestReceiver)receiver);

    /// <inheritdoc/>
    public override void Watch(IWatched watched) =>
        throw new NotSupportedException("A test system has no sockets. Test what uses them with processes (Rel4.Hosted), or put what it does behind an interface.");

    /// <inheritdoc/>
    public override void WatchAnew(IWatched watched)
    {
    }

    /// <inheritdoc/>
    public override void Unwatch(IWatched watched)
    {
    }

    /// <inheritdoc/>
    public override void PreparePark() => Interlocked.Exchange(ref _isWoken, 0);

    /// <inheritdoc/>
    public override void Sleep(TimeSpan timeout)
    {
        // Timers fire on the thread that moves the clock. Where that is this one, what they make ready here wakes nobody, as it is at home.
        long fired = machine.Clock.Fired;
        TestThread.Current!.Wait("has nothing to do but wait", () => HasNews() || machine.Clock.Fired != fired, machine.Clock.After(timeout), HasNews);
    }

    /// <inheritdoc/>
    public override void EndPark()
    {
    }

    /// <inheritdoc/>
    public override void Wake()
    {
        Volatile.Write(ref _isWoken, 1);
        if (TestThread.Current?.Machine?.System != machine.System)
            machine.System.Turns.Outside.Come();
    }

    /// <inheritdoc/>
    public override ulong TakeDoorbells()
    {
        machine.DoDeferred();
        for (int i = _others.Count - 1; i >= 0; i--)
        {
            // Whom bits are reported to may remove its own.
            if (i < _others.Count && _others[i].Take() is var bits && bits != 0)
                _others[i].Arrived?.Invoke(bits);
        }

        ulong rung = doorbells.Take();
        uint ended = machine.SendersClosed;
        if (ended == _sendersClosed)
            return rung;
        _sendersClosed = ended;
        return rung | (1UL << Doorbells.PeersEnded);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
    }

    private bool HasNews() =>
        Volatile.Read(ref _isWoken) != 0 || doorbells.IsPending || machine.SendersClosed != _sendersClosed || _others.Exists(static other => other.IsPending);
}
