using System.Buffers.Binary;
using Rel4.Abi;

namespace Rel4.Runtime.Channels;

/// <summary>Puts the fragments of a long message together again; a peer has one under way at a time.</summary>
/// <remarks>
/// What the peer announces is taken from its share, so that it is sure to find room; memory grows with what has arrived, by doubling, unless the machine keeps the pieces that are outgrown. Invariant:
/// received &lt; total ≤ the longest message allowed, and received ≤ capacity, while a message is under way.
/// </remarks>
internal sealed unsafe class Reassembly(int maxMessageBytes, BufferPool buffers)
{
    private const int FirstCapacity = 256 * 1024;
    private const int LengthSize = sizeof(ulong);

    private ulong _key;
    private int _total;
    private int _received;
    private NativeBuffer _buffer;

    /// <summary>Begins a message.</summary>
    /// <param name="header">The first fragment's header, checked.</param>
    /// <param name="payload">Its payload, in the peer's frame.</param>
    /// <param name="share">What the message is taken from.</param>
    /// <param name="isRefused">Whether the share has no room for it now: nothing has changed.</param>
    /// <returns>What is wrong; an offset of 0 stands for the fragment's own.</returns>
    public Fault Begin(RecordHeader header, byte* payload, MemoryShare share, out bool isRefused)
    {
        isRefused = false;
        if (_key != 0)
            return new Fault(ChannelField.FragmentOrder, 0, header.Raw, (ulong)RecordPart.Middle);
        if (header.Length < LengthSize)
            return new Fault(ChannelField.FirstFragment, 0, (ulong)header.Length, LengthSize);
        ulong total = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(payload, LengthSize));
        int length = header.Length - LengthSize;
        if (total > (ulong)maxMessageBytes || total <= (ulong)length)
            return new Fault(ChannelField.MessageLength, 0, total, (ulong)maxMessageBytes);
        isRefused = !share.TryTake((int)total);
        if (isRefused)
            return default;
        _key = header.Key;
        _total = (int)total;
        return Append(payload + LengthSize, length, share);
    }

    /// <summary>Adds a fragment that is not the first.</summary>
    /// <param name="header">The fragment's header, checked.</param>
    /// <param name="payload">Its payload, in the peer's frame.</param>
    /// <param name="share">What the message was taken from.</param>
    /// <param name="message">The whole message, if that was its last fragment.</param>
    /// <param name="length">The message's length, which stays taken from the share.</param>
    /// <returns>What is wrong; an offset of 0 stands for the fragment's own.</returns>
    public Fault Add(RecordHeader header, byte* payload, MemoryShare share, out NativeBuffer message, out int length)
    {
        message = default;
        length = 0;
        if (header.Key != _key)
            return new Fault(ChannelField.FragmentOrder, 0, header.Raw, (ulong)RecordPart.First);
        if (header.Part == RecordPart.Last && header.Length == 0)
        {
            Abandon(share);
            return default;
        }

        // A middle fragment brings something, and leaves something.
        int rest = _total - _received;
        if (header.Part == RecordPart.Last ? header.Length != rest : header.Length == 0 || header.Length >= rest)
            return new Fault(ChannelField.FragmentLength, 0, (ulong)_received + (ulong)header.Length, (ulong)_total);

        Fault fault = Append(payload, header.Length, share);
        if (header.Part == RecordPart.Last && !fault.IsAny)
        {
            message = _buffer;
            length = _total;
            Forget();
        }

        return fault;
    }

    /// <summary>Gives up the message under way, if there is one.</summary>
    public void Abandon(MemoryShare share)
    {
        if (_key == 0)
            return;
        int total = _total;
        // There is none where no more than its length has come.
        if (_buffer.Capacity != 0)
            buffers.Return(_buffer, total, share);
        Forget();
        share.GiveBack(total);
    }

    private void Forget()
    {
        _key = 0;
        _received = 0;
        _buffer = default;
    }

    private Fault Append(byte* payload, int length, MemoryShare share)
    {
        int needed = _received + length;
        if (needed > _buffer.Capacity && !TryGrow(needed, share))
            return new Fault(ChannelField.OutOfMemory, 0, (ulong)needed, (ulong)_buffer.Capacity);
        Buffer.MemoryCopy(payload, _buffer.Bytes + _received, _buffer.Capacity - _received, length);
        _received = needed;
        return default;
    }

    private bool TryGrow(int needed, MemoryShare share)
    {
        // One that suffices for the whole message: another thread may still copy what was in it, and it must not move then.
        if (_buffer.Capacity == 0 && buffers.TryTakeSpare(_total, share, out _buffer))
            return true;
        if (MachineMemory.KeepsPieces)
            return _buffer.TryResize(_total);
        long wanted = Math.Max(Math.Max(FirstCapacity, 2L * _buffer.Capacity), needed);
        return _buffer.TryResize((int)Math.Min(wanted, Math.Max(needed, _total)));
    }
}
