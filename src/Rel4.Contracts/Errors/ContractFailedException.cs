namespace Rel4.Contracts;

/// <summary>Tells a client that the server's method has ended by an exception that was not meant for clients.</summary>
/// <remarks>It has no details, unless the server says them (<see cref="ContractServerOptions.TellsDetails"/>); the server's own log has.</remarks>
public sealed class ContractFailedException : ContractException
{
    internal ContractFailedException(string message)
        : base(message)
    {
    }
}
