namespace Rel4.Samples.Kv.Store;

/// <summary>Holds the keys of one database, their values, and when they expire.</summary>
/// <remarks>
/// Times are Unix milliseconds, and 0 is never. A key stays in its slot as long as it lives, and slots of dead ones are used again: so a
/// walk over the slots meets every key that was there all the time, however many come and go (<see cref="Scan"/>).
/// Invariants: (1) the index maps exactly the keys of used slots to these; (2) free slots are linked from the first free one;
/// (3) <see cref="Expiring"/> is the number of used slots with a time.
/// </remarks>
internal sealed class Keyspace
{
    private const int None = -1;

    private readonly Dictionary<byte[], int> _index = new(KeyComparer.Instance);
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _slots;
    private Entry[] _entries = new Entry[16];
    private int _used;
    private int _firstFree = None;
    private int _swept;

    public Keyspace() => _slots = _index.GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <summary>Gets how many keys there are, with those that have expired and were not met yet.</summary>
    public int Count => _index.Count;

    /// <summary>Gets how many keys expire.</summary>
    public int Expiring { get; private set; }

    /// <summary>Finds a key that has not expired.</summary>
    /// <returns>Its slot, or -1.</returns>
    public int Find(ReadOnlySpan<byte> key, long now)
    {
        if (!_slots.TryGetValue(key, out int slot))
            return None;
        if (!_entries[slot].HasExpired(now))
            return slot;
        Remove(slot);
        return None;
    }

    /// <summary>Gets the value in a slot that <see cref="Find"/> gave.</summary>
    public ReadOnlySpan<byte> Value(int slot) => _entries[slot].Value;

    /// <summary>Gets when the key in a slot expires.</summary>
    public long Expiry(int slot) => _entries[slot].Expiry;

    /// <summary>Adds a key that is not there.</summary>
    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long expiry)
    {
        int slot = TakeSlot();
        byte[] owned = key.ToArray();
        _entries[slot] = new Entry { Key = owned, Value = value.ToArray() };
        _index.Add(owned, slot);
        SetExpiry(slot, expiry);
    }

    /// <summary>Changes the value in a slot.</summary>
    public void SetValue(int slot, ReadOnlySpan<byte> value)
    {
        ref Entry entry = ref _entries[slot];
        if (entry.Value!.Length == value.Length)
            value.CopyTo(entry.Value);
        else
            entry.Value = value.ToArray();
    }

    /// <summary>Changes when the key in a slot expires.</summary>
    public void SetExpiry(int slot, long expiry)
    {
        ref Entry entry = ref _entries[slot];
        Expiring += (expiry != 0 ? 1 : 0) - (entry.Expiry != 0 ? 1 : 0);
        entry.Expiry = expiry;
    }

    /// <summary>Removes the key in a slot.</summary>
    public void Remove(int slot)
    {
        SetExpiry(slot, 0);
        _index.Remove(_entries[slot].Key!);
        _entries[slot] = new Entry { NextFree = _firstFree };
        _firstFree = slot;
    }

    /// <summary>Removes all keys.</summary>
    public void Clear()
    {
        _index.Clear();
        _index.TrimExcess();
        _entries = new Entry[16];
        _used = 0;
        _firstFree = None;
        Expiring = 0;
    }

    /// <summary>Lists the keys in some slots that have not expired.</summary>
    /// <param name="cursor">The first slot.</param>
    /// <param name="count">How many slots.</param>
    /// <param name="now">The time.</param>
    /// <param name="found">Takes the keys.</param>
    /// <returns>Where to go on, or 0 at the end.</returns>
    public long Scan(long cursor, long count, long now, List<byte[]> found)
    {
        // A cursor is what a client says it is.
        long first = Math.Clamp(cursor, 0, _used);
        long end = Math.Min(first + Math.Min(count, _used), _used);
        for (int slot = (int)first; slot < end; slot++)
        {
            if (_entries[slot].Key is { } key && !_entries[slot].HasExpired(now))
                found.Add(key);
        }

        return end == _used ? 0 : end;
    }

    /// <summary>Removes expired keys in the next slots, going round.</summary>
    /// <param name="now">The time.</param>
    /// <param name="slots">How many slots to look at.</param>
    public void Sweep(long now, int slots)
    {
        if (Expiring == 0)
            return;
        for (int i = Math.Min(slots, _used); i > 0; i--)
        {
            _swept = _swept < _used ? _swept : 0;
            if (_entries[_swept].HasExpired(now))
                Remove(_swept);
            _swept++;
        }
    }

    private int TakeSlot()
    {
        if (_firstFree != None)
        {
            int free = _firstFree;
            _firstFree = _entries[free].NextFree;
            return free;
        }

        if (_used == _entries.Length)
            Array.Resize(ref _entries, 2 * _used);
        return _used++;
    }

    /// <summary>Is a slot.</summary>
    private struct Entry
    {
        /// <summary>The key, or null if the slot is free.</summary>
        public byte[]? Key;

        public byte[]? Value;

        /// <summary>When the key expires.</summary>
        public long Expiry;

        /// <summary>The next free slot behind a free one.</summary>
        public int NextFree;

        public readonly bool HasExpired(long now) => Expiry != 0 && Expiry <= now;
    }
}
