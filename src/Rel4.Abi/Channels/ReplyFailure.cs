namespace Rel4.Abi;

/// <summary>Tells why there is no reply to a call: the label of a <see cref="RecordKind.Failure"/>. Any other means <see cref="Abandoned"/>.</summary>
public enum ReplyFailure : ushort
{
    /// <summary>The request was ended without one.</summary>
    Abandoned,

    /// <summary>It is longer than the caller takes. The payload is its length (8 bytes).</summary>
    TooLong,

    /// <summary>It was to be passed on, and nobody was there to carry it out.</summary>
    NotDelivered,

    /// <summary>It was to be passed on, and who was to carry it out takes no more just now.</summary>
    Busy,

    /// <summary>It was to be passed on, and is longer than is taken there. The payload is the limit (8 bytes).</summary>
    RequestTooLong,

    /// <summary>It was passed on, and what became of it is unknown.</summary>
    Lost,
}
