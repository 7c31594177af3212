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

    internal static ContractRefusedException Of(int reason, Peer peer) =>
        new(reason is > 0 and <= (int)ContractRefusal.TooMany ? (ContractRefusal)reason : ContractRefusal.Unknown, $"The {peer.Name} refused the {peer.Call}{(ContractRefusal)reason switch
        {
            ContractRefusal.Malformed => $": its bytes are not what the {peer.Name}'s contract says. The two sides were built from different interfaces.",
            ContractRefusal.Version => ": it knows another version of the header. Build both sides with the same major version of Rel4.Contracts.",
            ContractRefusal.Contract => $": it serves another contract. {peer.OtherContract}",
            ContractRefusal.Method => ": its contract has no such method. It was built from an older interface than this side, or from a newer one without it.",
            ContractRefusal.TooMany => $": {peer.TooMany}",
            _ => ", for a reason that this version of Rel4.Contracts does not know.",
        }}");
}
