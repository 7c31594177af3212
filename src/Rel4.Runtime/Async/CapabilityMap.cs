namespace Rel4.Runtime;

/// <summary>Maps addresses of capabilities to what the runtime has for them: an array look-up where the address is the number of a slot.</summary>
internal struct CapabilityMap<T>
    where T : class
{
    private const int MostSlots = 1 << 16;

    private readonly Dictionary<ulong, T> _others = [];
    private T?[] _slots = new T?[64];

    // Of the others, that which was found last: who uses them uses few.
    private ulong _last;
    private T? _lastItem;

    public CapabilityMap()
    {
    }

    /// <summary>Finds what there is for a capability; null if nothing.</summary>
    public T? Find(ulong capability)
    {
        T?[] slots = _slots;
        if (capability < (ulong)slots.Length)
            return slots[capability];
        return capability < MostSlots ? null : capability == _last ? _lastItem : FindOther(capability);
    }

    /// <summary>Removes what there is for a capability.</summary>
    /// <returns>Null if there was nothing.</returns>
    public T? Remove(ulong capability)
    {
        T? item = Find(capability);
        if (capability < MostSlots && item is not null)
            _slots[capability] = null;
        _others.Remove(capability);
        (_last, _lastItem) = (0, null);
        return item;
    }

    /// <summary>Gets all there is.</summary>
    public readonly IEnumerable<T> All => _slots.OfType<T>().Concat(_others.Values);

    /// <summary>Adds what there is for a capability.</summary>
    public T Add(ulong capability, T item)
    {
        if (capability >= MostSlots)
        {
            _others.Add(capability, item);
            return item;
        }

        if (capability >= (ulong)_slots.Length)
            Array.Resize(ref _slots, (int)Math.Max(capability + 1, (ulong)_slots.Length * 2));
        return _slots[capability] = item;
    }

    private T? FindOther(ulong capability)
    {
        (_last, _lastItem) = _others.TryGetValue(capability, out T? item) ? (capability, item) : (0, null);
        return item;
    }
}
