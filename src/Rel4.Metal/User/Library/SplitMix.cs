namespace Rel4.Metal.User;

/// <summary>Makes the same random numbers from the same seed everywhere.</summary>
/// <remarks>Source: Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators".</remarks>
internal struct SplitMix(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        _state += 0x9E37_79B9_7F4A_7C15;
        ulong word = _state;
        word = (word ^ (word >> 30)) * 0xBF58_476D_1CE4_E5B9;
        word = (word ^ (word >> 27)) * 0x94D0_49BB_1331_11EB;
        return word ^ (word >> 31);
    }

    /// <summary>Makes a number below a limit.</summary>
    public ulong Below(ulong limit) => Next() % limit;
}
