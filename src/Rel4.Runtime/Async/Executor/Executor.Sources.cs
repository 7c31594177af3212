using System.Diagnostics;
using System.Numerics;

namespace Rel4.Runtime;

/// <content>What is polled, and what was written.</content>
public sealed partial class Executor
{
    private const int Doorbells = 64;

    // Looking which hot sources have been idle for long costs a walk; once in so many turns is soon enough.
    private const int TurnsPerCooling = 64;

    // What peers are shown of this thread.
    private int _processor;
    private bool _showsSpinning;

    private readonly PollSource?[] _doorbells = new PollSource?[Doorbells];
    private PollSource[] _hot = new PollSource[16];
    private int _hotCount;
    private PollSource[] _written = new PollSource[16];
    private int _writtenCount;

    /// <summary>Gets how many sources are polled.</summary>
    internal int HotCount => _hotCount;

    /// <summary>Polls a source from now on, until it goes cold.</summary>
    internal void Heat(PollSource source)
    {
        Debug.Assert(IsOwner, "Sources belong to the executor's thread.");
        source.LastWorkTurn = _turns;
        if (source.HotIndex >= 0)
            return;
        if (_hotCount == _hot.Length)
            Array.Resize(ref _hot, _hotCount * 2);
        source.HotIndex = _hotCount;
        _hot[_hotCount++] = source;
        source.ShowAwake(_processor, isSpinning: false);
    }

    /// <summary>Polls a source no longer: it is closed. It may do so from inside of its own Poll.</summary>
    internal void Drop(PollSource source)
    {
        if (source.HotIndex < 0)
            return;
        PollSource last = _hot[--_hotCount];
        _hot[source.HotIndex] = last;
        last.HotIndex = source.HotIndex;
        _hot[_hotCount] = null!;
        source.HotIndex = -1;
    }

    /// <summary>Publishes a source's writes at the end of this turn's coroutines.</summary>
    internal void MarkWritten(PollSource source)
    {
        if (source.IsWritten)
            return;
        source.IsWritten = true;
        if (_writtenCount == _written.Length)
            Array.Resize(ref _written, _writtenCount * 2);
        _written[_writtenCount++] = source;
    }

    /// <summary>Heats a source whenever a doorbell rings. Several sources may share one.</summary>
    /// <param name="source">The source, bound to no doorbell.</param>
    /// <param name="doorbell">Its bit, 0 to 63.</param>
    internal void BindDoorbell(PollSource source, int doorbell)
    {
        source.NextOnDoorbell = _doorbells[doorbell];
        _doorbells[doorbell] = source;
    }

    /// <summary>Ends what <see cref="BindDoorbell"/> began.</summary>
    internal void UnbindDoorbell(PollSource source, int doorbell)
    {
        ref PollSource? link = ref _doorbells[doorbell];
        while (link is not null && link != source)
            link = ref link.NextOnDoorbell;
        if (link is null)
            return;
        link = source.NextOnDoorbell;
        source.NextOnDoorbell = null;
    }

    /// <summary>Publishes what was written in this turn, and wakes the peers that sleep: one fence for all.</summary>
    private void Flush()
    {
        if (_writtenCount == 0)
            return;
        int count = _writtenCount;
        for (int i = 0; i < count; i++)
            _written[i].Publish();
        // Pairs with the fence of a peer's TryGoCold: orders all our indices before all our looks at a peer's status.
        Interlocked.MemoryBarrier();
        for (int i = 0; i < count; i++)
        {
            _written[i].IsWritten = false;
            _written[i].NotifyPeer();
        }

        // Those written by NotifyPeer itself come after the first, and stay for the next turn.
        _writtenCount -= count;
        for (int i = 0; i < _writtenCount + count; i++)
            _written[i] = i < _writtenCount ? _written[count + i] : null!;
    }

    /// <summary>Polls every hot source once.</summary>
    private bool PollHot()
    {
        bool found = false;
        // From the end: a source that drops itself is replaced by one that was polled already.
        for (int i = _hotCount - 1; i >= 0; i--)
        {
            if (i >= _hotCount)
                continue;
            PollSource source = _hot[i];
            if (!source.Poll())
                continue;
            source.LastWorkTurn = _turns;
            found = true;
        }

        return found;
    }

    /// <summary>Shows the peers of all hot sources whether this thread works or spins, and where.</summary>
    private void ShowHot()
    {
        for (int i = 0; i < _hotCount; i++)
            _hot[i].ShowAwake(_processor, _showsSpinning);
    }

    /// <summary>Tells whether the peer of a hot source shows itself awake, on another processor.</summary>
    /// <param name="countsIdle">Whether one that only spins, or is on its way, counts.</param>
    private bool IsAnyPeerAwake(bool countsIdle)
    {
        for (int i = 0; i < _hotCount; i++)
        {
            if (_hot[i].IsPeerAwake(_processor, countsIdle))
                return true;
        }

        return false;
    }

    /// <summary>Takes the doorbells that rang since the last time, one bit each.</summary>
    private partial ulong TakeRungDoorbells();

    /// <summary>Heats what is bound to the doorbells that rang.</summary>
    private bool TakeDoorbells()
    {
        ulong rung = TakeRungDoorbells();
        if (rung == 0)
            return false;
        for (; rung != 0; rung &= rung - 1)
        {
            for (PollSource? source = _doorbells[BitOperations.TrailingZeroCount(rung)]; source is not null; source = source.NextOnDoorbell)
                Heat(source);
        }

        return true;
    }

    /// <summary>Lets sources that brought nothing for long go cold, while others keep the executor busy.</summary>
    private void CoolIdle()
    {
        for (int i = _hotCount - 1; i >= 0; i--)
        {
            if (i < _hotCount && _turns - _hot[i].LastWorkTurn >= _turnsUntilCold)
                Cool(_hot[i]);
        }
    }

    /// <summary>Lets every source go cold.</summary>
    /// <returns>False if one found work, and stays hot.</returns>
    private bool CoolAll()
    {
        while (_hotCount > 0)
        {
            if (!Cool(_hot[_hotCount - 1]))
                return false;
        }

        return true;
    }

    private bool Cool(PollSource source)
    {
        if (!source.TryGoCold())
        {
            source.LastWorkTurn = _turns;
            return false;
        }

        Drop(source);
        return true;
    }
}
