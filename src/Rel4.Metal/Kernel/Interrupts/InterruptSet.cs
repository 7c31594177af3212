namespace Rel4.Metal.Kernel;

/// <summary>A set of interrupts by number.</summary>
internal struct InterruptSet
{
    private ulong _low;
    private ulong _high;

    public readonly bool Contains(uint number) => (((number < 64 ? _low : _high) >> (int)(number % 64)) & 1) != 0;

    public void Add(uint number)
    {
        if (number < 64)
            _low |= 1UL << (int)number;
        else
            _high |= 1UL << (int)(number % 64);
    }

    public void Remove(uint number)
    {
        if (number < 64)
            _low &= ~(1UL << (int)number);
        else
            _high &= ~(1UL << (int)(number % 64));
    }

    public readonly bool IsSame(InterruptSet other) => _low == other._low && _high == other._high;
}
