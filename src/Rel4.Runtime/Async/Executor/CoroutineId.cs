namespace Rel4.Runtime;

/// <summary>Names a coroutine of one executor: a slot, and the generation that tells its lives apart.</summary>
/// <remarks>
/// <code>
///  63          32 31           0
/// | generation   | slot         |
/// </code>
/// The id of a coroutine that has ended is stale: it names nobody, also after its slot has a new coroutine. Generations begin at 1, so the
/// default value is nobody's.
/// </remarks>
/// <param name="value">The bits.</param>
public readonly partial struct CoroutineId(ulong value)
{
    internal CoroutineId(int slot, uint generation)
        : this((ulong)generation << 32 | (uint)slot)
    {
    }

    /// <summary>Gets the bits.</summary>
    public ulong Value => value;

    internal int Slot => (int)(uint)value;

    internal uint Generation => (uint)(value >> 32);
}
