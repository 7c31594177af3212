namespace Rel4.Contracts;

/// <summary>Says how a contract is served.</summary>
public sealed record ContractServerOptions
{
    /// <summary>Gets how many calls of one badge may wait in methods at once. 256 unless set.</summary>
    public int MaxCallsPerBadge { get; init; } = 256;

    /// <summary>Gets how many of them may have streams. 16 unless set.</summary>
    public int MaxStreamsPerBadge { get; init; } = 16;

    /// <summary>Gets whether a client is told the type and message of an unexpected exception. Not unless set.</summary>
    public bool TellsDetails { get; init; }

    /// <summary>Gets who is told of unexpected exceptions; a line on the standard error output unless set. Called on the executor's thread.</summary>
    public Action<ContractFailure>? Failed { get; init; }

    /// <summary>Gets what writes and reads types for which the generator makes no code. Required only by contracts that have such.</summary>
    public IContractSerializer? Serializer { get; init; }
}
