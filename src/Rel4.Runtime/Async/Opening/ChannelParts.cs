using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>Is what one end of a channel is made of: two mapped frames, the peer's doorbell, and the slots of their capabilities.</summary>
/// <remarks>It is put together on a thread of the kernel, then handed to an executor's.</remarks>
internal sealed unsafe class ChannelParts : IDisposable
{
    /// <summary>The lines of a ring, which ends with its eighth unit; the others of a large frame are lent.</summary>
    /// <remarks>A record takes at most a quarter of them, so almost 128 KiB go in one piece. A larger ring would leave the processor's own cache.</remarks>
    private const uint RingLines = ((8 * ChannelFrame.UnitSize) - ChannelFrame.HeaderSize) / ChannelFrame.LineSize;

    private static long s_count;

    private readonly AsyncMachine _machine;
    private readonly OwnFrame _ownFrame;
    private readonly ulong _ownReadOnly;
    private byte* _own;
    private nuint _ownLength;
    private byte* _peer;
    private nuint _peerLength;
    private CapabilityArgument _peerFrame;
    private CapabilityArgument _peerDoorbell;
    private InterruptSender? _sender;
    private bool _isDisposed;

    private ChannelParts(AsyncMachine machine, OwnFrame ownFrame, ulong ownReadOnly, int bit, ulong badge)
    {
        _machine = machine;
        _ownFrame = ownFrame;
        _ownReadOnly = ownReadOnly;
        DoorbellBit = bit;
        Badge = badge;
        Number = (ulong)Interlocked.Increment(ref s_count);
    }

    /// <summary>Gets the number by which this process names the channel.</summary>
    public ulong Number { get; }

    /// <summary>Gets the badge of the capability that it was opened through; 0 at the client's end.</summary>
    public ulong Badge { get; }

    /// <summary>Gets the bit of this side's doorbell that the peer rings.</summary>
    public int DoorbellBit { get; }

    /// <summary>Gets the capability of this side's frame to give to the peer.</summary>
    public ulong FrameForPeer => _ownReadOnly;

    /// <summary>Gets what rings the peer's doorbell.</summary>
    public InterruptSender Doorbell => _sender!;

    /// <summary>Gets how large a channel is, and what the peer is allowed.</summary>
    public static ChannelOptions OptionsOf(ulong number) => new() { Channel = number, RingLines = RingLines, MaxMessageBytes = ReL4.MaxMessageBytes };

    /// <summary>Makes this side's frame.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="bit">The bit of this side's doorbell.</param>
    /// <param name="badge">Who the peer is; 0 at the client's end.</param>
    /// <exception cref="InvalidOperationException">Memory or slots have run out.</exception>
    public static ChannelParts Make(AsyncMachine machine, int bit, ulong badge)
    {
        RuntimeObjects objects = machine.Threads.Objects;
        ulong readOnly = objects.TakeSlot();
        OwnFrame frame;
        try
        {
            frame = objects.TakeFrame();
        }
        catch
        {
            objects.ReturnSlot(readOnly);
            throw;
        }

        var parts = new ChannelParts(machine, frame, readOnly, bit, badge);
        try
        {
            // The writer maps first: the reader's mapping seals the frame against any later one for writing.
            parts._own = machine.Map(frame.Frame, CapRights.ReadWrite, out parts._ownLength);
            ChannelEnd.Format((ChannelFrame*)parts._own, parts._ownLength, OptionsOf(parts.Number));
            CNodeCap slots = objects.Holdings.CNode;
            slots.Mint(slots[frame.Frame.CPtr], readOnly, CapRights.Read, badge: 0);
            return parts;
        }
        catch
        {
            parts.Dispose();
            throw;
        }
    }

    /// <summary>Maps the peer's frame, which has come into a slot.</summary>
    /// <exception cref="SeL4Exception">It is no frame, is too long, or can't be read.</exception>
    public void TakePeerFrame(CapabilityArgument frame)
    {
        _peerFrame = frame;
        _peer = _machine.Map(frame, CapRights.Read, out _peerLength);
    }

    /// <summary>Registers as a sender of the peer's doorbell, which has come into a slot.</summary>
    public SeL4Error TryTakePeerDoorbell(CapabilityArgument doorbell)
    {
        _peerDoorbell = doorbell;
        return _machine.TryRegisterSender(doorbell, out _sender);
    }

    /// <summary>Joins the parts.</summary>
    /// <param name="violation">What is wrong with the peer's frame.</param>
    /// <returns>The end, for the executor's thread; null if something is wrong.</returns>
    public ChannelEnd? Join(out ProtocolViolation? violation) => ChannelEnd.TryOpen(
        (ChannelFrame*)_own, (ChannelFrame*)_peer, _peerLength, new PeerDoorbell(Doorbell), OptionsOf(Number), out violation);

    /// <summary>Frees everything, and the end that was made of it: nobody will use it. Any thread.</summary>
    public void Undo(ChannelEnd end)
    {
        end.Dispose();
        Dispose();
    }

    /// <summary>Frees everything. Nobody here reads or writes the frames any more, and the peer is told if nobody has told it yet.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        if (_own != null)
        {
            Volatile.Write(ref ((ChannelFrame*)_own)->Status, new ChannelStatus(ChannelAttention.Closed, 0, 0).Raw);
            _machine.Unmap(_own, _ownLength);
        }

        // Is the fence between the word and the look whether the peer sleeps.
        _sender?.TryPost();
        _sender?.Dispose();
        if (_peer != null)
            _machine.Unmap(_peer, _peerLength);
        _own = _peer = null;
        _machine.Threads.Post(DeleteCapabilities);
    }

    private void DeleteCapabilities()
    {
        RuntimeObjects objects = _machine.Threads.Objects;
        objects.Return(_peerDoorbell);
        objects.Return(_peerFrame);
        // Takes the peer's copy, too; what the peer still maps is connected to nobody.
        objects.Return(_ownFrame);
        objects.ReturnSlot(_ownReadOnly);
    }
    /// <summary>Wakes the peer by a user interrupt. One that can't be reached any more is found by <see cref="ChannelSource.CheckPeer"/>.</summary>
    private sealed class PeerDoorbell(InterruptSender sender) : Doorbell
    {
        /// <inheritdoc/>
        public override void Ring() => sender.TryPost();
    }
}
