namespace Rel4.Runtime.Channels;

/// <summary>The memory of messages that don't lie in the ring. A few buffers are kept, so a steady flow of long messages doesn't allocate.</summary>
/// <remarks>
/// What is given back is freed by <see cref="Trim"/> only, between the turns of the executor: code that wrongly looks at a message after its end, in
/// the same turn, sees other bytes, and no memory that is not there.
/// </remarks>
internal sealed class BufferPool
{
    /// <summary>How many buffers are kept for the next messages.</summary>
    private const int Spares = 4;

    /// <summary>The largest that is kept; about what one processor's cache holds.</summary>
    private const int LargestSpare = 4 * 1024 * 1024;

    /// <summary>What a peer may have kept for it together, in however many channels.</summary>
    private const long MostSpare = Spares * (long)LargestSpare;

    private readonly NativeBuffer[] _spares = new NativeBuffer[Spares];
    private NativeBuffer[] _returned = new NativeBuffer[Spares];
    private int _returnedCount;
    private bool _isEnding;

    /// <summary>Gets whether there is something to free.</summary>
    public bool HasReturned => _returnedCount != 0;

    /// <summary>Takes the largest that is kept, if it has so many bytes.</summary>
    public bool TryTakeSpare(int needed, MemoryShare share, out NativeBuffer buffer)
    {
        ref NativeBuffer largest = ref _spares[0];
        for (int i = 1; i < Spares; i++)
        {
            if (_spares[i].Capacity > largest.Capacity)
                largest = ref _spares[i];
        }

        buffer = default;
        if (largest.Capacity < needed)
            return false;
        (buffer, largest) = (largest, default);
        share.Spare -= buffer.Capacity;
        return true;
    }

    /// <summary>Takes a buffer back.</summary>
    public void Return(NativeBuffer buffer, MemoryShare share)
    {
        ref NativeBuffer smallest = ref _spares[0];
        for (int i = 1; i < Spares; i++)
        {
            if (_spares[i].Capacity < smallest.Capacity)
                smallest = ref _spares[i];
        }

        int more = buffer.Capacity - smallest.Capacity;
        if (!_isEnding && buffer.Capacity <= LargestSpare && more > 0 && share.Spare + more <= MostSpare)
        {
            (smallest, buffer) = (buffer, smallest);
            share.Spare += more;
        }

        if (buffer.Capacity == 0)
            return;
        if (_returnedCount == _returned.Length)
            Array.Resize(ref _returned, _returnedCount * 2);
        _returned[_returnedCount++] = buffer;
    }

    /// <summary>Frees what was given back and is not kept.</summary>
    public void Trim()
    {
        while (_returnedCount > 0)
            _returned[--_returnedCount].Free();
    }

    /// <summary>Keeps none from now on.</summary>
    public void End(MemoryShare share)
    {
        _isEnding = true;
        for (int i = 0; i < Spares; i++)
        {
            share.Spare -= _spares[i].Capacity;
            _spares[i].Free();
            _spares[i] = default;
        }
    }
}
