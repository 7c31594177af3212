namespace Rel4.Contracts;

/// <summary>Tells a client that the server's method has ended by an exception that was not meant for clients; or a server that a client's stream or callback has, by one that was not meant for servers.</summary>
/// <remarks>It has no details, unless the server says them (<see cref="ContractServerOptions.TellsDetails"/>); the server's own log has.</remarks>
public sealed class ContractFailedException : ContractException
{
    internal ContractFailedException(string message)
        : base(message)
    {
    }
}
