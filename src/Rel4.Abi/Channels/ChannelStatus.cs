namespace Rel4.Abi;

/// <summary>Tells whether the owner of a frame looks at the channel by itself, and from where: <c>parks:49 | processor:12 | attention:3</c>, highest bits first.</summary>
/// <remarks>
/// Every park has a number of its own, so a peer that rang for this very word need not ring again: the owner is already waking up, and
/// looks at the channel when it has.
/// </remarks>
/// <param name="raw">The word as it stands in the frame.</param>
public readonly struct ChannelStatus(ulong raw)
{
    private const int AttentionBits = 3;
    private const int ProcessorBits = 12;
    private const ulong AttentionMask = (1 << AttentionBits) - 1;
    private const ulong ProcessorMask = (1 << ProcessorBits) - 1;

    /// <summary>Packs the three fields.</summary>
    public ChannelStatus(ChannelAttention attention, int processor, ulong parks)
        : this((parks << (AttentionBits + ProcessorBits)) | (((ulong)processor & ProcessorMask) << AttentionBits) | (ulong)attention)
    {
    }

    /// <summary>Gets the word as it stands in the frame.</summary>
    public ulong Raw => raw;

    /// <summary>Gets what the owner looks at by itself.</summary>
    public ChannelAttention Attention => (ChannelAttention)(raw & AttentionMask);

    /// <summary>Gets the number of the processor that the owner ran on when it wrote the word, modulo 4096.</summary>
    public int Processor => (int)((raw >> AttentionBits) & ProcessorMask);

    /// <summary>Gets how often the owner has parked.</summary>
    public ulong Parks => raw >> (AttentionBits + ProcessorBits);
}
