namespace Rel4.Contracts.Tests;

[Contract]
public interface IJobs
{
    IAsyncEnumerable<string> TakeAllAsync(CancellationToken cancel = default);
}
