namespace Rel4.Abi;

/// <summary>Tells why there is no reply to a call: the label of a <see cref="RecordKind.Failure"/>. Any other means <see cref="Abandoned"/>.</summary>
public enum ReplyFailure : ushort
{
    /// <summary>The request was ended without one.</summary>
    Abandoned,

    /// <summary>It is longer than the caller takes. The payload is its length (8 bytes).</summary>
    TooLong,
}
