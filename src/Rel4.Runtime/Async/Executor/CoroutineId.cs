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
/// <param name="Value">The bits.</param>
public readonly record struct CoroutineId(ulong Value)
{
    internal CoroutineId(int slot, uint generation)
        : this((ulong)generation << 32 | (uint)slot)
    {
    }

    internal int Slot => (int)(uint)Value;

    internal uint Generation => (uint)(Value >> 32);

    /// <summary>Gives slot and generation, as <c>slot#generation</c>.</summary>
    public override string ToString() => $"{Slot}#{Generation}";
}
