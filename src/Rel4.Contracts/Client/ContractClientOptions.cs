namespace Rel4.Contracts;

/// <summary>Says how a client of a contract calls.</summary>
public sealed record ContractClientOptions
{
    /// <summary>Gets how long a call may take; it goes with the call, and the server's method is cancelled then, too. No limit unless set, and none for methods with streams.</summary>
    public TimeSpan Timeout { get; init; } = System.Threading.Timeout.InfiniteTimeSpan;

    /// <summary>Gets how many items of a stream the server may send at a time. Another such batch is asked for while one is gone through. 64 unless set, 1,024 at most.</summary>
    public int Credit { get; init; } = 64;

    /// <summary>Gets how many callbacks of one call the server may have under way at once; what is beyond is refused. 64 unless set.</summary>
    public int MaxCallbacksPerCall { get; init; } = 64;

    /// <summary>Gets what writes and reads types for which the generator makes no code. Required only by contracts that have such.</summary>
    public IContractSerializer? Serializer { get; init; }
}
