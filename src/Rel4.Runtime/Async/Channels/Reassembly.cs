using System.Buffers.Binary;
using Rel4.Abi;

namespace Rel4.Runtime.Channels;

/// <summary>Puts the fragments of long messages together again.</summary>
/// <remarks>
/// What the peer announces costs nothing; memory grows with what has arrived, by doubling, up to a limit for all messages together. A
/// few buffers are kept for the next messages, so a steady flow of long messages doesn't allocate. Invariants:
/// <list type="number">
/// <item>received &lt; total ≤ the longest message allowed, and received ≤ capacity, for every message under way.</item>
/// <item>The capacities together, without the spares, are what <em>bytes</em> says, and at most the limit.</item>
/// </list>
/// </remarks>
internal sealed unsafe class Reassembly(ChannelOptions options) : IDisposable
{
    private const int FirstCapacity = 256 * 1024;

    /// <summary>How many buffers are kept for the next messages.</summary>
    private const int Spares = 4;

    /// <summary>The largest that is kept; about what one processor's cache holds.</summary>
    private const int LargestSpare = 4 * 1024 * 1024;

    private const int LengthSize = sizeof(ulong);

    private readonly Partial[] _partials = new Partial[ChannelFrame.MaxTransfers];
    private readonly NativeBuffer[] _spares = new NativeBuffer[Spares];
    private long _bytes;

    /// <summary>A message under way; a free entry has the key 0.</summary>
    private struct Partial
    {
        public ulong Key;
        public int Total;
        public int Received;
        public NativeBuffer Buffer;
    }

    /// <summary>Gets the memory that messages under way take.</summary>
    public long Bytes => _bytes;

    /// <summary>Adds a fragment to its message.</summary>
    /// <param name="header">The fragment's header, checked.</param>
    /// <param name="payload">Its payload, in the peer's frame.</param>
    /// <param name="message">The whole message, if that was its last fragment; the caller gives the buffer back by <see cref="Return"/>.</param>
    /// <param name="length">The message's length.</param>
    /// <returns>What is wrong, or where; an offset of 0 stands for the fragment's own.</returns>
    public Fault Add(RecordHeader header, byte* payload, out NativeBuffer message, out int length)
    {
        message = default;
        length = 0;
        int place = Find(header.Key);
        if (header.Part == RecordPart.First)
            return place < 0 ? Begin(header, payload) : new Fault(ChannelField.FragmentOrder, 0, header.Raw, (ulong)RecordPart.Middle);
        if (place < 0)
            return new Fault(ChannelField.FragmentOrder, 0, header.Raw, (ulong)RecordPart.First);

        ref Partial partial = ref _partials[place];
        if (header.Part == RecordPart.Last && header.Length == 0)
        {
            Abandon(ref partial);
            return default;
        }

        // A middle fragment brings something, and leaves something.
        int rest = partial.Total - partial.Received;
        if (header.Part == RecordPart.Last ? header.Length != rest : header.Length == 0 || header.Length >= rest)
            return new Fault(ChannelField.FragmentLength, 0, (ulong)partial.Received + (ulong)header.Length, (ulong)partial.Total);

        Fault fault = Append(ref partial, payload, header.Length);
        if (header.Part == RecordPart.Last && !fault.IsAny)
        {
            message = partial.Buffer;
            length = partial.Total;
            _bytes -= message.Capacity;
            partial = default;
        }

        return fault;
    }

    /// <summary>Takes back the buffer of a message that was read.</summary>
    public void Return(NativeBuffer buffer)
    {
        ref NativeBuffer smallest = ref _spares[0];
        foreach (ref NativeBuffer spare in _spares.AsSpan())
        {
            if (spare.Capacity < smallest.Capacity)
                smallest = ref spare;
        }

        if (buffer.Capacity is > 0 and <= LargestSpare && buffer.Capacity > smallest.Capacity)
            (smallest, buffer) = (buffer, smallest);
        buffer.Free();
    }

    /// <summary>Frees what messages under way take, and the spare buffers.</summary>
    public void Dispose()
    {
        for (int i = 0; i < _partials.Length; i++)
            Abandon(ref _partials[i]);
        foreach (ref NativeBuffer spare in _spares.AsSpan())
            spare.Free();
    }

    private int Find(ulong key)
    {
        for (int i = 0; i < _partials.Length; i++)
        {
            if (_partials[i].Key == key)
                return i;
        }

        return -1;
    }

    private Fault Begin(RecordHeader header, byte* payload)
    {
        if (header.Length < LengthSize)
            return new Fault(ChannelField.FirstFragment, 0, (ulong)header.Length, LengthSize);
        ulong total = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(payload, LengthSize));
        int length = header.Length - LengthSize;
        if (total > (ulong)options.MaxMessageBytes || total <= (ulong)length)
            return new Fault(ChannelField.MessageLength, 0, total, (ulong)options.MaxMessageBytes);
        int place = Find(0);
        if (place < 0)
            return new Fault(ChannelField.TransferCount, 0, ChannelFrame.MaxTransfers + 1, ChannelFrame.MaxTransfers);

        ref Partial partial = ref _partials[place];
        partial.Key = header.Key;
        partial.Total = (int)total;
        return Append(ref partial, payload + LengthSize, length);
    }

    private Fault Append(ref Partial partial, byte* payload, int length)
    {
        int needed = partial.Received + length;
        if (needed > partial.Buffer.Capacity && !TryGrow(ref partial, needed))
            return new Fault(ChannelField.ReassemblyBytes, 0, (ulong)(_bytes - partial.Buffer.Capacity + needed), (ulong)options.MaxReassemblyBytes);
        Buffer.MemoryCopy(payload, partial.Buffer.Bytes + partial.Received, partial.Buffer.Capacity - partial.Received, length);
        partial.Received = needed;
        return default;
    }

    private bool TryGrow(ref Partial partial, int needed)
    {
        ref NativeBuffer largest = ref _spares[0];
        foreach (ref NativeBuffer spare in _spares.AsSpan())
        {
            if (spare.Capacity > largest.Capacity)
                largest = ref spare;
        }

        if (partial.Buffer.Capacity == 0 && largest.Capacity >= needed && _bytes + largest.Capacity <= options.MaxReassemblyBytes)
        {
            (partial.Buffer, largest) = (largest, default);
            _bytes += partial.Buffer.Capacity;
            return true;
        }

        int held = partial.Buffer.Capacity;
        long room = options.MaxReassemblyBytes - _bytes + held;
        long wanted = Math.Min(Math.Max(Math.Max(FirstCapacity, 2L * held), needed), Math.Max(needed, partial.Total));
        long capacity = Math.Min(wanted, room);
        if (capacity < needed || !partial.Buffer.TryResize((int)capacity))
            return false;
        _bytes += capacity - held;
        return true;
    }

    private void Abandon(ref Partial partial)
    {
        _bytes -= partial.Buffer.Capacity;
        Return(partial.Buffer);
        partial = default;
    }
}
