namespace Rel4.Runtime.Channels;

/// <summary>The memory of messages that don't lie in the ring. A few buffers are kept, unless the machine does that for all channels, so a steady flow of long messages doesn't allocate.</summary>
/// <remarks>
/// What is given back is freed by <see cref="Trim"/> only, between the turns of the executor: code that wrongly looks at a message after its end, in
/// the same turn, sees other bytes, and no memory that is not there.
/// <para>
/// Invariant: <see cref="MemoryShare.Spare"/> counts the bytes of all buffers that no message is charged for: those that are kept, and what a kept one has
/// more than the message that it serves now. So a peer can't have long ones serve short messages, which are cheap to keep.
/// </para>
/// </remarks>
internal sealed class BufferPool
{
    /// <summary>How many buffers are kept for the next messages.</summary>
    private const int Spares = 4;

    /// <summary>The largest that is kept for as long as the channel; about what one processor's cache holds.</summary>
    private const int LargestIdle = 4 * 1024 * 1024;

    // The longest first.
    private readonly NativeBuffer[] _spares = new NativeBuffer[Spares];
    private int _spareCount;
    private NativeBuffer[] _returned = new NativeBuffer[Spares];
    private int _returnedCount;
    private bool _isBusy;
    private bool _isEnding;

    /// <summary>Gets whether there is something to free.</summary>
    public bool HasReturned => _returnedCount != 0;

    /// <summary>Gets whether one is kept that <see cref="Rest"/> frees.</summary>
    public bool KeepsLarge => _spares[0].Capacity > LargestIdle;

    /// <summary>Takes the largest that is kept, if it has so many bytes.</summary>
    public bool TryTakeSpare(int needed, MemoryShare share, out NativeBuffer buffer)
    {
        buffer = default;
        if (_spares[0].Capacity < needed)
            return false;
        buffer = TakeSpare(0, share);
        share.Spare += SurplusOf(buffer, needed);
        return true;
    }

    /// <summary>Takes a buffer back. What is too much then goes from the shortest on, which serve the fewest messages.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="length">What the message that it served was charged for.</param>
    /// <param name="share">What that was taken from.</param>
    public void Return(NativeBuffer buffer, int length, MemoryShare share)
    {
        _isBusy = true;
        share.Spare -= SurplusOf(buffer, length);
        if (_isEnding || MachineMemory.KeepsPieces)
        {
            Discard(buffer);
            return;
        }

        if (_spareCount == Spares)
            Discard(TakeSpare(_spareCount - 1, share));
        int place = _spareCount++;
        for (; place > 0 && _spares[place - 1].Capacity < buffer.Capacity; place--)
            _spares[place] = _spares[place - 1];
        _spares[place] = buffer;
        share.Spare += buffer.Capacity;
        while (_spareCount > 0 && share.Spare > share.Limit)
            Discard(TakeSpare(_spareCount - 1, share));
    }

    /// <summary>Frees what was given back and is not kept.</summary>
    public void Trim()
    {
        while (_returnedCount > 0)
            _returned[--_returnedCount].Free();
    }

    /// <summary>Keeps no large ones any more if no buffer came back since the last time; to be called now and then.</summary>
    /// <remarks>By the clock, not whenever nothing is to be done: fresh pages for each message cost several times as much as its copies.</remarks>
    public void Rest(MemoryShare share)
    {
        while (!_isBusy && KeepsLarge)
            Discard(TakeSpare(0, share));
        _isBusy = false;
    }

    /// <summary>Keeps none from now on.</summary>
    public void End(MemoryShare share)
    {
        _isEnding = true;
        while (_spareCount > 0)
            TakeSpare(_spareCount - 1, share).Free();
    }

    /// <summary>Gets what a buffer has more than the message that it serves, if it was a spare one; a message of no bytes has one all the same.</summary>
    private static long SurplusOf(NativeBuffer buffer, int length) => Math.Max(buffer.Capacity - Math.Max(length, 1), 0);

    private NativeBuffer TakeSpare(int place, MemoryShare share)
    {
        NativeBuffer spare = _spares[place];
        for (_spareCount--; place < _spareCount; place++)
            _spares[place] = _spares[place + 1];
        _spares[_spareCount] = default;
        share.Spare -= spare.Capacity;
        return spare;
    }

    private void Discard(NativeBuffer buffer)
    {
        if (_returnedCount == _returned.Length)
            Array.Resize(ref _returned, _returnedCount * 2);
        _returned[_returnedCount++] = buffer;
    }
}
