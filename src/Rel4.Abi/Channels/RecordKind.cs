namespace Rel4.Abi;

/// <summary>Names what a record is for.</summary>
public enum RecordKind : uint
{
    /// <summary>No record.</summary>
    None,

    /// <summary>Fills the end of the ring.</summary>
    Pad,

    /// <summary>A message that wants no reply.</summary>
    Send,

    /// <summary>A message that wants a reply under its id.</summary>
    Call,

    /// <summary>The reply to the call with its id.</summary>
    Reply,

    /// <summary>Instead of a reply: the label says why there is none (<see cref="ReplyFailure"/>).</summary>
    Failure,
}
