using Rel4.Contracts.Wire;

namespace Rel4.Contracts;

/// <summary>Writes what a client is told instead of a result, and makes it an exception again.</summary>
internal static class ReplyError
{
    private const int MostCharacters = 2000;

    public static Exception Of(ushort label, ReadOnlySpan<byte> payload, CancellationToken cancel)
    {
        var reader = new ContractReader(MessageCopy.Of(payload), serializer: null);
        switch ((ReplyLabel)label)
        {
            case ReplyLabel.Error:
                int code = reader.ReadInt32();
                string message = reader.ReadString();
                return reader.HasFailed ? Malformed() : new ContractException(code, Shorten(message));
            case ReplyLabel.Failed:
                string details = reader.ReadString();
                return new ContractFailedException(details.Length != 0
                    ? $"The server's method has failed: {Shorten(details)}"
                    : "The server's method has failed by an exception that is not for clients. The server's log says which.");
            case ReplyLabel.Cancelled:
                return cancel.IsCancellationRequested
                    ? new OperationCanceledException("The call was cancelled.", cancel)
                    : new OperationCanceledException("The server has cancelled the call: it ends.");
            case >= ReplyLabel.Refused:
                int reason = label - (int)ReplyLabel.Refused;
                return ContractRefusedException.Of(reason <= (int)ContractRefusal.TooMany ? (ContractRefusal)reason : ContractRefusal.Unknown);
            default:
                return Malformed();
        }
    }

    public static ContractRefusedException Malformed() => new(
        ContractRefusal.Malformed, "The server's reply is not what this side's contract says. The two sides were built from different interfaces.");

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
