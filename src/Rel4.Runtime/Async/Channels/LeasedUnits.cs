namespace Rel4.Runtime.Channels;

/// <summary>Names memory behind the ring of one's own frame in which a message is being written.</summary>
/// <param name="unit">The first unit.</param>
/// <param name="units">How many; 0 for no lease.</param>
/// <param name="bytes">The first byte.</param>
internal readonly unsafe struct LeasedUnits(uint unit, uint units, byte* bytes)
{
    /// <summary>Gets the first unit.</summary>
    public uint Unit => unit;

    /// <summary>Gets how many; 0 for no lease.</summary>
    public uint Units => units;

    /// <summary>Gets what lies there.</summary>
    public ReadOnlySpan<byte> First(int length) => new(bytes, length);

    /// <summary>Gets the first byte, mapped for as long as the lease lasts.</summary>
    public byte* Bytes => bytes;
}
