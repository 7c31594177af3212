namespace Rel4.Contracts;

/// <summary>Says why a message was refused before any method ran.</summary>
public enum ContractRefusal
{
    /// <summary>The other side's answer names a reason that this side doesn't know.</summary>
    Unknown,

    /// <summary>The bytes are not what the contract says.</summary>
    Malformed,

    /// <summary>The server knows another version of the header.</summary>
    Version,

    /// <summary>The server has another contract.</summary>
    Contract,

    /// <summary>The server's contract has no such method.</summary>
    Method,

    /// <summary>The client's badge has as many calls or streams under way as the server takes.</summary>
    TooMany,

    /// <summary>The call that brought a callback has ended.</summary>
    CallEnded,
}
