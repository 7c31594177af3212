namespace Rel4.Runtime;

/// <summary>Is a queue of ready continuations that allocates only when it must grow.</summary>
/// <remarks>
/// Invariants: 1. the length of <c>_entries</c> is a power of two; 2. <c>_tail − _head</c>, modulo 2^32, is the count and at most that
/// length; 3. entries outside of head..tail are empty, so that the ring keeps nothing alive.
/// </remarks>
internal struct ReadyRing
{
    private const int FirstLength = 16;

    private ReadyEntry[] _entries;
    private uint _head;
    private uint _tail;

    public ReadyRing() => _entries = new ReadyEntry[FirstLength];

    public readonly bool IsEmpty => _head == _tail;

    public void Enqueue(in ReadyEntry entry)
    {
        if (_tail - _head == (uint)_entries.Length)
            Grow();
        ReadyEntry[] entries = _entries;
        entries[_tail & (uint)(entries.Length - 1)] = entry;
        _tail++;
    }

    /// <summary>Takes the oldest entry of a ring that is not empty.</summary>
    public ReadyEntry Dequeue()
    {
        ReadyEntry[] entries = _entries;
        ref ReadyEntry place = ref entries[_head & (uint)(entries.Length - 1)];
        ReadyEntry entry = place;
        place = default;
        _head++;
        return entry;
    }

    private void Grow()
    {
        var larger = new ReadyEntry[_entries.Length * 2];
        uint count = _tail - _head;
        for (uint i = 0; i < count; i++)
            larger[i] = _entries[(_head + i) & (uint)(_entries.Length - 1)];
        _entries = larger;
        _head = 0;
        _tail = count;
    }
}
