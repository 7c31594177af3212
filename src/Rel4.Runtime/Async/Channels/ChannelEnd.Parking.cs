using System.Runtime.CompilerServices;
using Rel4.Abi;

namespace Rel4.Runtime.Channels;

/// <content>Flushing and parking: <c>spec/protocols/channel.pml</c> and <c>leaving.pml</c> are the same, to be checked by machine.</content>
internal sealed unsafe partial class ChannelEnd
{
    private Owed _owed;
    private int _processor;

    /// <summary>The status for which the peer's doorbell was rung last. No status of a parked peer comes twice.</summary>
    private ulong _rungFor = ulong.MaxValue;

    /// <summary>Says for what the peer may have to be woken.</summary>
    [Flags]
    private enum Owed
    {
        None = 0,
        RecordLook = 1,
        RoomLook = 2,
    }

    /// <summary>Gets who looks for records here.</summary>
    public ChannelHeat Heat { get; private set; }

    /// <summary>Gets or sets whether records are left in the ring for now: nobody here has use for more, so they are nothing to do.</summary>
    public bool LeavesRecords { get; set; }

    /// <summary>Wakes the peer if it sleeps and there is something for it.</summary>
    public void Flush() => Flush<ProtocolSteps>();

    /// <summary>Ends a turn's writing.</summary>
    /// <returns>Whether a fence and <see cref="LookAtPeer"/> must follow, in this turn.</returns>
    public bool Publish()
    {
        if (State != ChannelState.Open)
            return false;
        _own->Counters.CallsOpen = Calls.Count;
        _own->Counters.LinesWritten = _writer.LinesWritten;
        return _owed != Owed.None;
    }

    /// <summary>Wakes the peer if it has parked.</summary>
    /// <remarks>After <see cref="Publish"/> and a fence: the peer parks, fences and looks again, so one of both sees the other.</remarks>
    public void LookAtPeer()
    {
        Owed owed = _owed;
        _owed = Owed.None;
        // pairs with the write in the peer's TryGoCold: the fences on both sides order each side's write before its look at the other's.
        var status = new ChannelStatus(Volatile.Read(ref _peer->Status));
        if (status.Attention is ChannelAttention.Attentive or ChannelAttention.Spinning)
            _own->Counters.DoorbellsElided++;
        else
            LookAtAbsentPeer(status, owed);
    }

    /// <summary>Looks what there is to do, without doing it.</summary>
    public ChannelEvents Poll()
    {
        ChannelEvents events = ChannelEvents.None;
        if (!LeavesRecords && HasRecord)
            events = ChannelEvents.Readable;
        if (_roomWanted != 0 && HasRoomWanted())
            events |= ChannelEvents.Writable;
        if (State != ChannelState.Open || (events == ChannelEvents.None && TakeClosing()))
            events = EventsOfClosed();
        return events;
    }

    /// <summary>Takes over looking for records; the peer no longer rings.</summary>
    /// <param name="processor">The processor of this thread.</param>
    /// <param name="isSpinning">Whether this thread has had nothing else to do for a while.</param>
    /// <remarks>
    /// To be called whenever the peer has rung: it rings once for each park, so who sleeps again without having been hot sleeps through.
    /// No fence: a peer that still sees the parked status rings once too often, and <see cref="Poll"/> finds its records.
    /// </remarks>
    public void GoHot(int processor = 0, bool isSpinning = false)
    {
        if (State != ChannelState.Open)
            return;
        Heat = ChannelHeat.Hot;
        _processor = processor;
        ShowAttention(isSpinning ? ChannelAttention.Spinning : ChannelAttention.Attentive);
    }

    /// <summary>Tells whether the peer shows itself awake on another processor. What it shows may be wrong, so nobody waits for it without end.</summary>
    /// <param name="processor">The processor of this thread.</param>
    /// <param name="countsIdle">Whether it counts if it only spins, or was rung for and is on its way.</param>
    public bool IsPeerAwake(int processor, bool countsIdle)
    {
        if (State != ChannelState.Open)
            return false;
        var status = new ChannelStatus(Volatile.Read(ref _peer->Status));
        return status.Attention switch
        {
            ChannelAttention.Attentive => status.Processor != processor,
            ChannelAttention.Spinning => countsIdle && status.Processor != processor,
            _ => countsIdle && status.Raw == _rungFor,
        };
    }

    /// <summary>Takes note that nobody waits for room any more: the last who did has given up.</summary>
    public void WantNoRoom() => _roomWanted = 0;

    /// <summary>Leaves looking for records to the peer, who will ring; flushes first.</summary>
    /// <returns>False if there is something to do: the channel stays hot, and <see cref="Poll"/> says what.</returns>
    public bool TryGoCold() => TryGoCold<ProtocolSteps>();

    /// <summary>Flushes by steps that may be others than the protocol's.</summary>
    internal void Flush<TSteps>()
        where TSteps : struct, IProtocolSteps
    {
        if (!Publish())
            return;
        TSteps.Reach(ProtocolPoint.Published);
        TSteps.Fence(ProtocolPoint.Published);
        TSteps.Reach(ProtocolPoint.PublishedAndFenced);
        LookAtPeer();
    }

    /// <summary>Goes cold by steps that may be others than the protocol's.</summary>
    internal bool TryGoCold<TSteps>()
        where TSteps : struct, IProtocolSteps
    {
        if (Heat == ChannelHeat.Cold || State != ChannelState.Open)
            return true;
        if (HasRecord && !LeavesRecords)
            return false;

        bool owesLook = Publish();
        _own->Counters.Parks++;
        ShowAttention(_roomWanted == 0 ? ChannelAttention.Parked : ChannelAttention.ParkedForRoom);
        TSteps.Reach(ProtocolPoint.Parked);
        TSteps.Fence(ProtocolPoint.Parked);
        TSteps.Reach(ProtocolPoint.ParkedAndFenced);
        if (owesLook)
            LookAtPeer();
        if (TSteps.LooksAgain && Poll() != ChannelEvents.None)
        {
            GoHot(_processor);
            return false;
        }

        Heat = ChannelHeat.Cold;
        TSteps.Reach(ProtocolPoint.LookedAgain);
        return true;
    }

    private void ShowAttention(ChannelAttention attention) =>
        // pairs with the read in the peer's LookAtPeer.
        Volatile.Write(ref _own->Status, new ChannelStatus(attention, _processor, (ulong)_own->Counters.Parks).Raw);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void LookAtAbsentPeer(ChannelStatus status, Owed owed)
    {
        if (status.Attention == ChannelAttention.Closed)
        {
            TakeClosing();
            return;
        }

        // Once for each park: until it parks again the peer is on its way to look.
        bool isFor = (owed & Owed.RecordLook) != 0 || status.Attention == ChannelAttention.ParkedForRoom;
        if (!isFor || status.Raw == _rungFor)
        {
            _own->Counters.DoorbellsElided++;
            return;
        }

        _rungFor = status.Raw;
        RingDoorbell();
    }

    private bool HasRoomWanted()
    {
        if (State != ChannelState.Open)
            return false;
        if (_roomWanted > _writer.FreeLines && !_writer.TryTakeConsumer(out Fault fault))
            Violate(fault);
        return _roomWanted <= _writer.FreeLines && State == ChannelState.Open;
    }

    /// <summary>Looks whether the peer has closed the channel.</summary>
    private bool TakeClosing()
    {
        // pairs with the write in the peer's End: orders the word before the last records, which Poll looks for again.
        if (State == ChannelState.Open && new ChannelStatus(Volatile.Read(ref _peer->Status)).Attention == ChannelAttention.Closed)
            State = ChannelState.ClosedByPeer;
        return State != ChannelState.Open;
    }

    private ChannelEvents EventsOfClosed() =>
        !LeavesRecords && HasRecord ? ChannelEvents.Closed | ChannelEvents.Readable : ChannelEvents.Closed;
}
