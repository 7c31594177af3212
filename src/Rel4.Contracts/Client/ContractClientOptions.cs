namespace Rel4.Contracts;

/// <summary>Says how a client of a contract calls.</summary>
public sealed record ContractClientOptions
{
    /// <summary>Gets how long a call may take; it goes with the call, and the server's method is cancelled then, too. No limit unless set.</summary>
    public TimeSpan Timeout { get; init; } = System.Threading.Timeout.InfiniteTimeSpan;

    /// <summary>Gets what writes and reads types for which the generator makes no code. Required only by contracts that have such.</summary>
    public IContractSerializer? Serializer { get; init; }
}
