namespace Rel4.Sim.Stories;

/// <summary>Names a slot of a thread's CSpace.</summary>
internal readonly record struct CPtr(ulong Value)
{
    /// <summary>The address that every thread's CSpace leaves empty.</summary>
    public static readonly CPtr Null;

    public static implicit operator CPtr(ulong value) => new(value);

    public override string ToString() => $"#{Value}";
}
