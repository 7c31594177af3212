using System.Diagnostics;

namespace Rel4.Cli.Testing;

/// <summary>Runs test projects side by side, as far as they allow it.</summary>
internal sealed class TestSuite(IReadOnlyList<TestProject> projects, TestSettings settings, TestReport report)
{
    /// <summary>Runs all projects and adds up what came out.</summary>
    public async Task<TestResult> RunAsync(CancellationToken cancellationToken)
    {
        var results = new List<TestResult>();
        foreach (IGrouping<bool, TestProject> group in projects.GroupBy(project => project.RunsAlone).OrderBy(group => group.Key))
        {
            var options = new ParallelOptions
            {
                MaxDegreeOfParallelism = group.Key ? 1 : Environment.ProcessorCount,
                CancellationToken = cancellationToken,
            };
            await Parallel.ForEachAsync(group, options, async (project, token) =>
            {
                TestResult result = await RunAsync(new TestRun(project, settings), token);
                lock (results)
                    results.Add(result);
            });
        }

        return results.Aggregate(TestResult.None, (sum, result) => sum + result);
    }

    private async Task<TestResult> RunAsync(TestRun run, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        report.Started(run);
        try
        {
            TestResult result = await run.RunAsync(cancellationToken);
            report.Finished(run, result, clock.Elapsed);
            return result;
        }
        catch (OperationCanceledException)
        {
            report.Stopped(run);
            throw;
        }
    }
}
