namespace Rel4.Abi;

/// <summary>Says where a lent message is: <c>loan:32 | unit:8 | length:24</c>, highest bits first; the payload of a <see cref="RecordPart.Lent"/> record.</summary>
/// <remarks>
/// The message lies in units of its writer's frame, from that one on. Its reader gives them back by writing the loan's number into
/// <em>its own</em> frame, at the place of the first unit (<see cref="ChannelFrame.Returned"/>): a word that it alone writes. Each loan of a unit has
/// another number than the one before.
/// </remarks>
/// <param name="raw">The word as it stands in the record.</param>
public readonly struct LentPlace(ulong raw)
{
    /// <summary>Bytes of one.</summary>
    public const int Size = sizeof(ulong);

    /// <summary>The most bytes that the length can say.</summary>
    public const int MaxLength = (1 << LengthBits) - 1;

    private const int LengthBits = 24;
    private const int LoanShift = 32;

    /// <summary>Packs the fields; each must fit its width.</summary>
    public LentPlace(uint loan, uint unit, int length)
        : this(((ulong)loan << LoanShift) | ((ulong)unit << LengthBits) | (uint)length)
    {
    }

    /// <summary>Gets the word as it stands in the record.</summary>
    public ulong Raw => raw;

    /// <summary>Gets the number of the loan.</summary>
    public uint Loan => (uint)(raw >> LoanShift);

    /// <summary>Gets the first unit.</summary>
    public uint Unit => (byte)(raw >> LengthBits);

    /// <summary>Gets the bytes of the message.</summary>
    public int Length => (int)(raw & MaxLength);

    /// <summary>Gets how many units the message takes.</summary>
    public uint Units => UnitsFor(Length);

    /// <summary>Gets how many units so many bytes take.</summary>
    public static uint UnitsFor(int length) => ((uint)length + ChannelFrame.UnitSize - 1) / ChannelFrame.UnitSize;
}
