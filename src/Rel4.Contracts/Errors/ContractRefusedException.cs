using Rel4.Runtime;

namespace Rel4.Contracts;

/// <summary>Tells that a message was refused: it was not what the other side's contract says, and no method has run; or the reply, a stream or a callback's answer was not; or there are too many; or the call is over.</summary>
public sealed class ContractRefusedException : ContractException
{
    internal ContractRefusedException(ContractRefusal reason, string message)
        : base(reason == ContractRefusal.TooMany ? Rel4ErrorCode.OutOfResources : Rel4ErrorCode.Refused, message) =>
        Reason = reason;

    /// <summary>Gets why.</summary>
    public ContractRefusal Reason { get; }

    internal static ContractRefusedException Of(ContractRefusal reason) => new(reason, reason switch
    {
        ContractRefusal.Malformed => "The server refused the call: its bytes are not what the server's contract says. The two sides were built from different interfaces.",
        ContractRefusal.Version => "The server refused the call: it knows another version of the header. Build both sides with the same major version of Rel4.Contracts.",
        ContractRefusal.Contract => "The server refused the call: it serves another contract. Look at which endpoint was granted.",
        ContractRefusal.Method => "The server refused the call: its contract has no such method. It is older than this client, or newer and without it.",
        ContractRefusal.TooMany => "The server refused the call: this client's badge has too many calls or streams under way. Wait for some of them, or raise the server's limit.",
        _ => "The server refused the call, for a reason that this version of Rel4.Contracts does not know.",
    });
}
