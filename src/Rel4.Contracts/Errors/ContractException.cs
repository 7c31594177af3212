using Rel4.Runtime;

namespace Rel4.Contracts;

/// <summary>An error that a contract's server chose to tell, and what its client is told instead of a result.</summary>
/// <remarks>
/// A method of the server throws one, with a code and a message that are meant for the client, where it is thrown again. So does a client's stream or callback, for the server.
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
        : base(Rel4ErrorCode.ServerFailed, message, innerException)
    {
    }

    /// <summary>Makes one.</summary>
    /// <param name="code">What programs go by: the contract says what it means.</param>
    /// <param name="message">What people read: up to 2,000 characters are told.</param>
    public ContractException(int code, string message)
        : base(Rel4ErrorCode.ServerFailed, message) =>
        Code = code;

    private protected ContractException(Rel4ErrorCode errorCode, int code, string message)
        : base(errorCode, message) =>
        Code = code;

    /// <summary>Gets what programs go by.</summary>
    public int Code { get; }

    /// <summary>Says by which endpoint it came.</summary>
    internal ContractException Through(EndpointCap endpoint)
    {
        GrantedName = endpoint.GrantedName;
        return this;
    }
}
