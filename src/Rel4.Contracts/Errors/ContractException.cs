using Rel4.Runtime;

namespace Rel4.Contracts;

/// <summary>An error that one side of a contract tells the other: a server's method its client, or a client's stream or callback the server.</summary>
/// <remarks>
/// Code throws one, with a code and a message that are meant for the other side, where it is thrown again. <see cref="ContractCode"/> is what that code gave; <see cref="Rel4Exception.ErrorCode"/> is
/// this library's: <see cref="Rel4ErrorCode.PeerFailed"/>, unless the message was refused (<see cref="ContractRefusedException"/>).
/// </remarks>
public class ContractException : Rel4Exception
{
    /// <summary>Makes one without a code.</summary>
    public ContractException()
        : this(0, "The call has failed.")
    {
    }

    /// <summary>Makes one without a code.</summary>
    public ContractException(string message)
        : this(0, message)
    {
    }

    /// <summary>Makes one without a code.</summary>
    public ContractException(string message, Exception innerException)
        : base(Rel4ErrorCode.PeerFailed, message, innerException)
    {
    }

    /// <summary>Makes one.</summary>
    /// <param name="contractCode">What programs go by: the contract says what it means.</param>
    /// <param name="message">What people read: up to 2,000 characters are told.</param>
    public ContractException(int contractCode, string message)
        : base(Rel4ErrorCode.PeerFailed, message) =>
        ContractCode = contractCode;

    private protected ContractException(Rel4ErrorCode errorCode, string message)
        : base(errorCode, message)
    {
    }

    /// <summary>Gets the code that the other side's code gave, whose meaning the contract says; 0 if it gave none.</summary>
    public int ContractCode { get; }

    /// <summary>Says by which endpoint it came.</summary>
    internal ContractException Through(EndpointCap endpoint)
    {
        GrantedName = endpoint.GrantedName;
        return this;
    }
}
