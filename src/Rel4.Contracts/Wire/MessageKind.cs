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

    /// <summary>Brings a batch of a stream that goes with the call with the number: which one, and a <see cref="PushedBatch"/> follow. Its reply has the credit for the next.</summary>
    Push,

    /// <summary>Asks for the next call of a callback that goes with the call with the number. Nothing follows.</summary>
    Ask,

    /// <summary>Brings what a callback has answered: its number, a label and what the label says follow. Sent, not called.</summary>
    Answer,
}
