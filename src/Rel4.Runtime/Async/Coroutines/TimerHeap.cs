namespace Rel4.Runtime;

/// <summary>Is the armed timers, the next due first; those due at once in the order of arming.</summary>
/// <remarks>
/// A binary heap. Invariants: 1. no entry is due before its parent, at (i − 1) / 2; 2. <c>_entries[i].Timer.TimerIndex</c> is i; 3. entries
/// from <c>Count</c> on are empty. It allocates only when it must grow.
/// </remarks>
internal struct TimerHeap
{
    private const int FirstLength = 16;

    private Entry[] _entries;
    private long _armed;

    public TimerHeap() => _entries = new Entry[FirstLength];

    public int Count { get; private set; }

    /// <summary>Gets when the first timer of a heap that is not empty is due.</summary>
    public readonly long FirstDue => _entries[0].Due;

    public void Add(Completion timer, long due)
    {
        if (Count == _entries.Length)
            Array.Resize(ref _entries, Count * 2);
        RaiseFrom(Count++, new Entry(due, _armed++, timer));
    }

    public void Remove(Completion timer)
    {
        int index = timer.TimerIndex;
        timer.TimerIndex = -1;
        Entry last = _entries[--Count];
        _entries[Count] = default;
        if (index == Count)
            return;
        if (index > 0 && last.IsBefore(_entries[(index - 1) / 2]))
            RaiseFrom(index, last);
        else
            SinkFrom(index, last);
    }

    /// <summary>Takes the first timer of a heap that is not empty.</summary>
    public Completion RemoveFirst()
    {
        Completion first = _entries[0].Timer;
        Remove(first);
        return first;
    }

    private readonly void RaiseFrom(int index, in Entry entry)
    {
        while (index > 0 && entry.IsBefore(_entries[(index - 1) / 2]))
        {
            Place(index, _entries[(index - 1) / 2]);
            index = (index - 1) / 2;
        }

        Place(index, entry);
    }

    private readonly void SinkFrom(int index, in Entry entry)
    {
        for (int child = 2 * index + 1; child < Count; child = 2 * index + 1)
        {
            if (child + 1 < Count && _entries[child + 1].IsBefore(_entries[child]))
                child++;
            if (!_entries[child].IsBefore(entry))
                break;
            Place(index, _entries[child]);
            index = child;
        }

        Place(index, entry);
    }

    private readonly void Place(int index, in Entry entry)
    {
        _entries[index] = entry;
        entry.Timer.TimerIndex = index;
    }

    private readonly struct Entry(long due, long order, Completion timer)
    {
        public readonly long Due = due;
        public readonly Completion Timer = timer;
        private readonly long _order = order;

        public bool IsBefore(in Entry other) => Due < other.Due || (Due == other.Due && _order < other._order);
    }
}
