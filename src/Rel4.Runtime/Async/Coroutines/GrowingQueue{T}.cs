using System.Runtime.CompilerServices;

namespace Rel4.Runtime;

/// <summary>A queue that allocates only when it must grow.</summary>
/// <remarks>
/// Invariants: 1. the length of <c>_entries</c> is a power of two; 2. <c>_tail − _head</c>, modulo 2^32, is the count and at most that
/// length; 3. entries outside of head..tail are empty, so that the queue keeps nothing alive.
/// </remarks>
/// <typeparam name="T">What is queued: a struct, as arrays of a class check the type of what is stored.</typeparam>
internal struct GrowingQueue<T>
    where T : struct
{
    private const int FirstLength = 16;

    private T[] _entries;
    private uint _head;
    private uint _tail;

    public GrowingQueue() => _entries = new T[FirstLength];

    public readonly bool IsEmpty => _head == _tail;

    /// <summary>Gets how many there are.</summary>
    public readonly int Count => (int)(_tail - _head);

    /// <summary>Gets the oldest of a queue that is not empty.</summary>
    public readonly ref readonly T First => ref _entries[_head & (uint)(_entries.Length - 1)];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Enqueue(T entry)
    {
        T[] entries = _entries;
        uint tail = _tail;
        if (tail - _head == (uint)entries.Length)
        {
            entries = Grow();
            tail = _tail;
        }

        _tail = tail + 1;
        entries[tail & (uint)(entries.Length - 1)] = entry;
    }

    /// <summary>Takes the oldest of a queue that is not empty.</summary>
    public T Dequeue()
    {
        T[] entries = _entries;
        ref T place = ref entries[_head & (uint)(entries.Length - 1)];
        T entry = place;
        place = default;
        _head++;
        return entry;
    }

    private T[] Grow()
    {
        var larger = new T[_entries.Length * 2];
        uint count = _tail - _head;
        for (uint i = 0; i < count; i++)
            larger[i] = _entries[(_head + i) & (uint)(_entries.Length - 1)];
        _entries = larger;
        _head = 0;
        _tail = count;
        return larger;
    }
}
