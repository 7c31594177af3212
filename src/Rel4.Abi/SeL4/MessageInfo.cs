namespace Rel4.Abi;

/// <summary>Describes a message: <c>label:52 | capsUnwrapped:3 | extraCaps:2 | length:7</c>, highest bits first.</summary>
/// <remarks>Source: <c>libsel4/mode_include/64/sel4/shared_types.bf</c>; manual section "Message Registers".</remarks>
public readonly struct MessageInfo
{
    private const int CapsUnwrappedShift = 9;
    private const int ExtraCapsShift = 7;
    private const int LabelShift = 12;

    /// <summary>Takes the word as it stands in register <c>rsi</c>.</summary>
    public MessageInfo(ulong raw) => Raw = raw;

    /// <summary>Packs the four fields; each is cut to its width.</summary>
    public MessageInfo(ulong label, uint capsUnwrapped, uint extraCaps, uint length) =>
        Raw = (label << LabelShift) | ((ulong)(capsUnwrapped & 7) << CapsUnwrappedShift) | ((extraCaps & 3) << ExtraCapsShift) | (length & 0x7F);

    /// <summary>Gets the word as it stands in register <c>rsi</c>.</summary>
    public ulong Raw { get; }

    /// <summary>Gets the sender's label, which the kernel passes on unread.</summary>
    public ulong Label => Raw >> LabelShift;

    /// <summary>Gets a bit for each capability of the message that arrived as a badge only.</summary>
    public uint CapsUnwrapped => (uint)(Raw >> CapsUnwrappedShift) & 7;

    /// <summary>Gets the number of capabilities sent, or received in one way or the other.</summary>
    public uint ExtraCaps => (uint)(Raw >> ExtraCapsShift) & 3;

    /// <summary>Gets the number of message words; what exceeds <see cref="Limits.MessageWords"/> counts as that.</summary>
    public uint Length
    {
        get
        {
            uint length = (uint)Raw & 0x7F;
            return length > Limits.MessageWords ? Limits.MessageWords : length;
        }
    }
}
