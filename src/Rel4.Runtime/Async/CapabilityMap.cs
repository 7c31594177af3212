namespace Rel4.Runtime;

/// <summary>Maps addresses of capabilities to what the runtime has for them: an array look-up where the address is the number of a slot.</summary>
internal struct CapabilityMap<T>
    where T : class
{
    private const int MostSlots = 1 << 16;

    private readonly Dictionary<ulong, T> _others = [];
    private T?[] _slots = new T?[64];

    public CapabilityMap()
    {
    }

    /// <summary>Finds what there is for a capability; null if nothing.</summary>
    public readonly T? Find(ulong capability)
    {
        T?[] slots = _slots;
        if (capability < (ulong)slots.Length)
            return slots[capability];
        return capability < MostSlots ? null : _others.GetValueOrDefault(capability);
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
}
