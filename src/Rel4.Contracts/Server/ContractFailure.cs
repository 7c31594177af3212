namespace Rel4.Contracts;

/// <summary>An unexpected exception of a contract's server.</summary>
/// <param name="Badge">Whose call it was.</param>
/// <param name="Method">The number of the method.</param>
/// <param name="Exception">What it threw.</param>
public readonly record struct ContractFailure(ulong Badge, uint Method, Exception Exception);
