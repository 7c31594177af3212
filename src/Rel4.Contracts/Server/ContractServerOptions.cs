namespace Rel4.Contracts;

/// <summary>Says how a contract is served.</summary>
public sealed record ContractServerOptions
{
    /// <summary>What a stream's credit is cut to, on either side.</summary>
    internal const int MostCredit = 1024;

    /// <summary>Gets how many calls of one badge may wait in methods at once. 256 unless set.</summary>
    public int MaxCallsPerBadge { get; init; } = 256;

    /// <summary>Gets how many of them may be long: have streams, which their clients send or are sent, or callbacks. 16 unless set.</summary>
    public int MaxLongCallsPerBadge { get; init; } = 16;

    /// <summary>Gets how many items of a stream a client may send at a time. Another such batch may wait while one is gone through. 64 unless set, 1,024 at most.</summary>
    public int Credit { get; init; } = 64;

    /// <summary>Gets how many callbacks of one call may wait for its client's answers at once. 64 unless set.</summary>
    public int MaxCallbacksPerCall { get; init; } = 64;

    /// <summary>Gets whether a client is told the type and message of an unexpected exception. Not unless set.</summary>
    public bool TellsDetails { get; init; }

    /// <summary>Gets who is told of unexpected exceptions; a line on the standard error output unless set. Called on the executor's thread.</summary>
    public Action<ContractFailure>? Failed { get; init; }

    /// <summary>Gets what writes and reads types for which the generator makes no code. Required only by contracts that have such.</summary>
    public IContractSerializer? Serializer { get; init; }
}
