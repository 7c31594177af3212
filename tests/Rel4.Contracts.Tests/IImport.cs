namespace Rel4.Contracts.Tests;

[Contract]
public interface IImport
{
    ValueTask<int> AddAsync(IAsyncEnumerable<string> lines, IImportProgress progress, CancellationToken cancel = default);
}

[Contract]
public interface IImportProgress
{
    ValueTask ReportAsync(int count, CancellationToken cancel = default);
}
