namespace Rel4.Contracts.Tests;

[Contract]
public interface IImport
{
    ValueTask<int> AddAsync(IAsyncEnumerable<string> lines, IImportProgress progress, CancellationToken cancellationToken = default);
}

[Contract]
public interface IImportProgress
{
    ValueTask ReportAsync(int count, CancellationToken cancellationToken = default);
}
