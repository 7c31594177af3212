using System.Runtime.CompilerServices;
using Rel4.Abi;

namespace Rel4.Runtime.Channels;

/// <summary>Is one side of an asynchronous channel: the ring it writes, the ring it reads, and the protocol by which neither side sleeps too long.</summary>
/// <remarks>
/// One thread uses an end. Nothing here blocks, throws because of the peer, or writes or believes a frame after <see cref="State"/> is other than
/// <c>Open</c> or <c>ClosedByPeer</c>. Nothing on the way of a record allocates. See <see cref="ChannelFrame"/> for the layout; how
/// the frames came to be mapped is for others to know.
/// <para>
/// A record is there for the peer as soon as it is written. In a turn: read and write, then <see cref="Flush"/> once, so that a sleeping peer is woken. Who flushes many channels shares one fence: <see cref="Publish"/> each,
/// <see cref="Interlocked.MemoryBarrier"/>, then <see cref="LookAtPeer"/> each that asked for it.
/// </para>
/// </remarks>
internal sealed unsafe partial class ChannelEnd : IDisposable
{
    private readonly ChannelFrame* _own;
    private readonly ChannelFrame* _peer;
    private readonly ChannelCounters* _counters;
    private readonly Doorbell _doorbell;
    private readonly BufferPool _buffers = new();
    private readonly Reassembly _reassembly;
    private readonly PeerFrame _said;
    private readonly uint _mostNotLent;
    private RingWriter _writer;
    private LendingPool _lending;
    private RingReader _reader;
    private uint _roomWanted;
    private bool _hasTransfer;
    private uint _lastTransferId;

    private ChannelEnd(ChannelFrame* own, ChannelFrame* peer, in PeerFrame said, Doorbell doorbell, ChannelOptions options)
    {
        _own = own;
        _peer = peer;
        _counters = &own->Counters;
        _doorbell = doorbell;
        _reassembly = new Reassembly(options.MaxMessageBytes, _buffers);
        Share = new MemoryShare(options.MaxMessageBytes);
        Number = options.Channel;
        _said = said;
        _writer = new RingWriter(own, peer, own->Lines);
        _lending = new LendingPool(own, peer);
        _reader = new RingReader(own, peer, said.Lines);
        _mostNotLent = Math.Min((uint)MaxRecordBytes, LeastLent - 1);
    }

    /// <summary>Gets the number that names the channel in messages.</summary>
    public ulong Number { get; }

    /// <summary>Gets whether the channel is open.</summary>
    public ChannelState State { get; private set; }

    /// <summary>Gets how the peer broke the protocol, if it did.</summary>
    public Fault Fault { get; private set; }

    /// <summary>Gets what has been done so far.</summary>
    public ref readonly ChannelCounters Counters => ref _own->Counters;

    /// <summary>Gets the calls whose replies have not come.</summary>
    public PendingCalls Calls { get; } = new();

    /// <summary>Gets the bytes of the longest message that goes in one record; longer ones go by <see cref="TryContinue"/>.</summary>
    public int MaxRecordBytes => RecordHeader.PayloadOf(_writer.MaxRecordLines);

    /// <summary>Gets the bytes of the longest message that this side takes.</summary>
    public ulong MaxMessageBytes => _own->MaxMessageBytes;

    /// <summary>Gets the bytes of the longest message that the peer takes.</summary>
    public ulong PeerMaxMessageBytes => _said.MaxMessageBytes;

    /// <summary>Gets or sets what the peer may have lying in the memory of this process.</summary>
    public MemoryShare Share { get; set; }

    /// <summary>Writes the fixed part of one's own frame, before the peer is given it.</summary>
    /// <param name="frame">The frame, all zero, on a boundary of a line.</param>
    /// <param name="length">Its length in bytes: 1536 or more.</param>
    /// <param name="options">What the peer is told.</param>
    /// <remarks>The caller guarantees that the frame is writable and stays mapped until the end is disposed of.</remarks>
    public static void Format(ChannelFrame* frame, nuint length, ChannelOptions options)
    {
        ulong lines = RingLinesOf(length);
        if (lines < ChannelFrame.MinLines)
            Misuse.ThrowOutOfRange(nameof(length), (long)length);
        if ((nuint)frame % ChannelFrame.LineSize != 0)
            Misuse.ThrowOutOfRange(nameof(frame), (long)frame);
        if (options.MaxMessageBytes > ChannelOptions.LargestMessageBytes)
            Misuse.ThrowOutOfRange(nameof(options), options.MaxMessageBytes);
        frame->Version = ChannelFrame.VersionValue;
        frame->Lines = (uint)Math.Min(lines, options.RingLines);
        frame->FirstUnit = (uint)Math.Min(UnitsOf(EndOfRing(frame->Lines) + ChannelFrame.UnitSize - 1), ChannelFrame.MaxUnits);
        frame->EndUnit = (uint)Math.Max(frame->FirstUnit, Math.Min(UnitsOf(length), ChannelFrame.MaxUnits));
        frame->MaxMessageBytes = (ulong)options.MaxMessageBytes;
        frame->Magic = ChannelFrame.MagicValue;
    }

    /// <summary>Joins one's own frame and the peer's to an end, cold at first.</summary>
    /// <param name="own">One's own frame, formatted.</param>
    /// <param name="peer">The peer's frame, formatted by the peer.</param>
    /// <param name="peerLength">The bytes of the peer's frame that are mapped.</param>
    /// <param name="doorbell">What wakes the peer.</param>
    /// <param name="options">What the peer is allowed.</param>
    /// <param name="fault">What is wrong with the peer's frame.</param>
    /// <returns><see langword="null"/> if something is.</returns>
    /// <remarks>
    /// The caller guarantees that both stay mapped, one's own writable and the peer's readable, until the end is disposed of, and that the peer can't
    /// shorten its frame.
    /// </remarks>
    public static ChannelEnd? TryJoin(ChannelFrame* own, ChannelFrame* peer, nuint peerLength, Doorbell doorbell, ChannelOptions options, out Fault fault)
    {
        fault = CheckHeader(peer, peerLength, out PeerFrame said);
        return fault.IsAny ? null : new ChannelEnd(own, peer, said, doorbell, options);
    }

    /// <summary>Closes this end: what was published stays for the peer to read, and the peer is told.</summary>
    public void Close() => End(ChannelState.Closed);

    /// <summary>Closes this end, which no longer looks at the frames. Messages that were read are moved out, and stay until they are released.</summary>
    public void Dispose()
    {
        Close();
        _reassembly.Abandon(Share);
        _buffers.End(Share);
        _buffers.Trim();
        while (!_reader.Held.IsEmpty)
        {
            int length = _reader.Held.First.Length;
            Share.Take(length);
            MoveFirstTo(NativeBuffer.Allocate(length));
        }

        MoveLentOut();
    }

    /// <summary>Gets whether <see cref="Trim"/> has something to do.</summary>
    public bool HasReleased => _buffers.HasReturned;

    /// <summary>Gets whether <see cref="Rest"/> may have something to do.</summary>
    public bool KeepsLarge => _buffers.KeepsLarge;

    /// <summary>Keeps no large buffers any more if none was used since the last time; <see cref="Trim"/> frees them.</summary>
    public void Rest() => _buffers.Rest(Share);

    /// <summary>Frees the memory of messages that were released. No code looks at them any more.</summary>
    public void Trim() => _buffers.Trim();

    /// <summary>Checks the invariants, for tests.</summary>
    public void AssertInvariants()
    {
        _writer.AssertInvariants();
        _reader.AssertInvariants();
        _lending.AssertInvariants();
    }

    private static ulong RingLinesOf(nuint length) =>
        length < ChannelFrame.HeaderSize ? 0 : (length - ChannelFrame.HeaderSize) / ChannelFrame.LineSize;

    private static ulong EndOfRing(uint lines) => ChannelFrame.HeaderSize + ((ulong)lines * ChannelFrame.LineSize);

    private static ulong UnitsOf(ulong bytes) => bytes / ChannelFrame.UnitSize;

    private static Fault CheckHeader(ChannelFrame* frame, nuint length, out PeerFrame said)
    {
        said = default;
        ulong mapped = RingLinesOf(length);
        if (mapped < ChannelFrame.MinLines)
            return new Fault(ChannelField.FrameLength, 0, length, ChannelFrame.HeaderSize + (ChannelFrame.MinLines * ChannelFrame.LineSize));

        // Once each: the peer may be writing.
        ulong magic = Volatile.Read(ref frame->Magic);
        uint version = Volatile.Read(ref frame->Version);
        uint lines = Volatile.Read(ref frame->Lines);
        uint firstUnit = Volatile.Read(ref frame->FirstUnit);
        uint endUnit = Volatile.Read(ref frame->EndUnit);
        said = new PeerFrame(lines, Volatile.Read(ref frame->MaxMessageBytes), firstUnit, endUnit);
        if (magic != ChannelFrame.MagicValue)
            return new Fault(ChannelField.Magic, ChannelFrame.MagicOffset, magic, ChannelFrame.MagicValue);
        if (version != ChannelFrame.VersionValue)
            return new Fault(ChannelField.Version, ChannelFrame.VersionOffset, version, ChannelFrame.VersionValue);
        if (lines < ChannelFrame.MinLines || lines > mapped)
            return new Fault(ChannelField.RingLines, ChannelFrame.LinesOffset, lines, mapped);
        ulong units = Math.Min(UnitsOf(length), ChannelFrame.MaxUnits);
        if (endUnit > units && endUnit != firstUnit)
            return new Fault(ChannelField.LentMemory, ChannelFrame.EndUnitOffset, endUnit, units);
        return firstUnit > endUnit || (endUnit != firstUnit && EndOfRing(lines) > (ulong)firstUnit * ChannelFrame.UnitSize)
            ? new Fault(ChannelField.LentMemory, ChannelFrame.FirstUnitOffset, firstUnit, endUnit)
            : default;
    }

    /// <summary>What the peer's frame says at the start, checked.</summary>
    private readonly struct PeerFrame(uint lines, ulong maxMessageBytes, uint firstUnit, uint endUnit)
    {
        public uint Lines => lines;

        public ulong MaxMessageBytes => maxMessageBytes;

        public uint FirstUnit => firstUnit;

        public uint EndUnit => endUnit;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Violate(Fault fault)
    {
        if (State is ChannelState.Open or ChannelState.ClosedByPeer)
            Fault = fault;
        End(ChannelState.Violated);
    }

    private void End(ChannelState state)
    {
        if (State is ChannelState.Closed or ChannelState.Violated)
            return;
        bool peerListens = State == ChannelState.Open;
        State = state;
        // pairs with the read in the peer's TakeClosing: orders the last records before the word that says they are the last.
        Volatile.Write(ref _own->Status, new ChannelStatus(ChannelAttention.Closed, 0, (ulong)_own->Counters.Parks).Raw);
        if (peerListens)
            RingDoorbell();
    }

    private void RingDoorbell()
    {
        _own->Counters.DoorbellsRung++;
        _doorbell.Ring();
    }
}
