namespace Rel4.Metal.Kernel;

/// <summary>Is a set of receivers, by their places in the core's table.</summary>
internal unsafe struct ReceiverSet
{
    /// <summary>Places that there can be.</summary>
    public const ushort Capacity = 256;

    /// <summary>Places of a word.</summary>
    public const int WordBits = 64;

    /// <summary>Words.</summary>
    public const int WordCount = Capacity / WordBits;

    private fixed ulong _words[WordCount];

    /// <summary>Gets the places of a word that are in it, the lowest first.</summary>
    public ulong Word(int word) => _words[word];

    /// <summary>Puts a place in, or takes it out.</summary>
    public void Set(long place, bool isIn)
    {
        ulong bit = 1UL << (int)(place % WordBits);
        ref ulong word = ref _words[place / WordBits];
        word = isIn ? word | bit : word & ~bit;
    }
}
