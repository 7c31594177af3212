namespace Rel4.Contracts.Wire;

/// <summary>Says what a message to a contract's server is.</summary>
internal enum MessageKind : byte
{
    /// <summary>A call of a method: its arguments follow.</summary>
    Call,

    /// <summary>Ends the call with the number. Sent, not called.</summary>
    Cancel,

    /// <summary>Asks for the next batch of the stream that the call with the number returns: the credit follows, as the most items.</summary>
    Pull,
}
