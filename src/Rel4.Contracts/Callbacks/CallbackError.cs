using Rel4.Contracts.Wire;

namespace Rel4.Contracts;

/// <summary>Makes an exception of what a client says instead of a callback's result.</summary>
internal static class CallbackError
{
    public static Exception Of(ushort label, ref ContractReader rest)
    {
        switch ((ReplyLabel)label)
        {
            case ReplyLabel.Error:
                int code = rest.ReadInt32();
                string message = rest.ReadString();
                return rest.HasFailed ? Malformed() : new ContractException(code, ReplyError.Shorten(message));
            case ReplyLabel.Failed:
                return new ContractFailedException(
                    "The client's callback has failed by an exception that is not for the server. The client's own call ends by it, unless this is dealt with here.");
            case ReplyLabel.Cancelled:
                return new OperationCanceledException("The client has cancelled the callback.");
            case ReplyLabel.Refused + (int)ContractRefusal.TooMany:
                return new ContractRefusedException(ContractRefusal.TooMany, "The client has as many callbacks under way as it takes (ContractClientOptions.MaxCallbacks).");
            case ReplyLabel.Refused + (int)ContractRefusal.Method:
                return new ContractRefusedException(ContractRefusal.Method, "The client's callback has no such method: it was built from an older interface.");
            default:
                return Malformed();
        }
    }

    public static ContractRefusedException Malformed() => new(
        ContractRefusal.Malformed, "The client's answer, or what it took the callback for, is not what this side's contract says. The two sides were built from different interfaces.");
}
