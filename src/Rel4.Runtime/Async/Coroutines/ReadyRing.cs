namespace Rel4.Runtime;

/// <summary>A queue of ready frames that allocates only when it must grow.</summary>
/// <remarks>
/// Invariants: 1. the length of <c>_entries</c> is a power of two; 2. <c>_tail − _head</c>, modulo 2^32, is the count and at most that
/// length; 3. entries outside of head..tail are empty, so that the ring keeps nothing alive.
/// </remarks>
internal struct ReadyRing
{
    private const int FirstLength = 16;

    private Entry[] _entries;
    private uint _head;
    private uint _tail;

    public ReadyRing() => _entries = new Entry[FirstLength];

    public readonly bool IsEmpty => _head == _tail;

    public void Enqueue(CoFrame frame)
    {
        if (_tail - _head == (uint)_entries.Length)
            Grow();
        Entry[] entries = _entries;
        entries[_tail & (uint)(entries.Length - 1)].CoFrame = frame;
        _tail++;
    }

    /// <summary>Takes the oldest frame of a ring that is not empty.</summary>
    public CoFrame Dequeue()
    {
        Entry[] entries = _entries;
        ref Entry place = ref entries[_head & (uint)(entries.Length - 1)];
        CoFrame frame = place.CoFrame!;
        place.CoFrame = null;
        _head++;
        return frame;
    }

    private void Grow()
    {
        var larger = new Entry[_entries.Length * 2];
        uint count = _tail - _head;
        for (uint i = 0; i < count; i++)
            larger[i] = _entries[(_head + i) & (uint)(_entries.Length - 1)];
        _entries = larger;
        _head = 0;
        _tail = count;
    }

    // An array of a class checks the type of what is stored.
    private struct Entry
    {
        public CoFrame? CoFrame;
    }
}
