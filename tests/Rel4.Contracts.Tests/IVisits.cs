namespace Rel4.Contracts.Tests;

/// <summary>The contract of docs/contracts.md whose server knows its callers apart.</summary>
[Contract]
public interface IVisits
{
    /// <summary>Tells how often its caller has called.</summary>
    ValueTask<int> CountAsync();
}
