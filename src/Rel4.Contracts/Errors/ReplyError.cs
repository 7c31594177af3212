using Rel4.Contracts.Wire;

namespace Rel4.Contracts;

/// <summary>Writes what the other side is told instead of a result, and makes it an exception again.</summary>
internal static class ReplyError
{
    private const int MostCharacters = 2000;

    /// <summary>Reads one.</summary>
    /// <param name="label">What it is.</param>
    /// <param name="rest">What is behind the label.</param>
    /// <param name="peer">Who says it.</param>
    /// <param name="cancellationToken">The token by which this side may have cancelled.</param>
    public static Exception Of(ushort label, ref ContractReader rest, Peer peer, CancellationToken cancellationToken)
    {
        switch ((ReplyLabel)label)
        {
            case ReplyLabel.Error:
                int code = rest.ReadInt32();
                string message = rest.ReadString();
                return rest.HasFailed ? Malformed(peer) : new ContractException(code, Shorten(message));
            case ReplyLabel.Failed:
                string details = rest.ReadString();
                return new ContractFailedException(details.Length != 0 ? $"{peer.Method} has failed: {Shorten(details)}" : peer.Failure);
            case ReplyLabel.Cancelled:
                return cancellationToken.IsCancellationRequested
                    ? new OperationCanceledException("The call was cancelled.", cancellationToken)
                    : new OperationCanceledException($"The {peer.Name} has cancelled the {peer.Call}.");
            case >= ReplyLabel.Refused:
                return ContractRefusedException.Of(label - (int)ReplyLabel.Refused, peer);
            default:
                return Malformed(peer);
        }
    }

    public static ContractRefusedException Malformed(Peer peer) => new(
        ContractRefusal.Malformed, $"The {peer.Name}'s reply is not what this side's contract says. The two sides were built from different interfaces.");

    /// <summary>Writes an error that is meant for the client.</summary>
    public static void Write(ContractWriter writer, ContractException error)
    {
        writer.Write(error.ContractCode);
        writer.Write(Shorten(error.Message));
    }

    /// <summary>Writes what is told of an exception that is not.</summary>
    public static void Write(ContractWriter writer, Exception exception, bool tellsDetails)
    {
        if (tellsDetails)
            writer.Write(Shorten($"{exception.GetType().Name}: {exception.Message}"));
    }

    /// <summary>Leaves out the end of what is too long, at the writer and, as a peer can write what it likes, at the reader.</summary>
    internal static string Shorten(string text) => text.Length <= MostCharacters ? text : text[..MostCharacters];
}
