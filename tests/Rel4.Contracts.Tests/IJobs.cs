namespace Rel4.Contracts.Tests;

[Contract]
public interface IJobs
{
    IAsyncEnumerable<string> TakeAllAsync(CancellationToken cancellationToken = default);
}
