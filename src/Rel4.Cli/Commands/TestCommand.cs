using System.CommandLine;
using Rel4.Cli.Testing;
using Spectre.Console;

namespace Rel4.Cli.Commands;

/// <summary>Builds the repository and runs its tests: <c>rel4 test</c>.</summary>
internal static class TestCommand
{
    private const string Examples = """
        Examples:
          ./rel4 test                      all tests, in their short form
          ./rel4 test --filter Endpoint    the tests whose full name contains "Endpoint"
          ./rel4 test --soak 60            randomised tests go on for an hour each
          ./rel4 test --seed 1234          randomised tests start from this seed, to repeat a failure
          ./rel4 test --mutants --filter Mutants
                                           tries every mutant of the kernel core against its tests, not a sample

        The last line is "N passed, N failed"; the exit code is 0 when none failed and at least one passed.
        """;

    /// <summary>Makes the command.</summary>
    public static Command Create(Repository repository)
    {
        var filter = new Option<string?>("--filter") { Description = "Runs the tests whose full name contains this.", HelpName = "TEXT" };
        Option<ulong?> seed = NumberOption.Create<ulong>("--seed", "Starts randomised tests from this seed.", "N", "a whole number", 0, ulong.MaxValue);
        var mutants = new Option<bool>("--mutants") { Description = "Tries all mutants of the kernel core, not a sample: some ten minutes." };
        Option<int?> soak = NumberOption.Create("--soak", "Keeps randomised tests going this long, each.", "MINUTES", "a whole number of minutes", 1);

        var command = new DocumentedCommand("test", "Builds everything and runs the tests.", Examples) { soak, filter, seed, mutants };
        command.SetAction((parsed, cancellationToken) =>
        {
            var settings = new TestSettings(parsed.GetValue(filter), parsed.GetValue(soak), parsed.GetValue(seed), parsed.GetValue(mutants));
            return RunAsync(repository, settings, cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(Repository repository, TestSettings settings, CancellationToken cancellationToken)
    {
        IAnsiConsole console = Terminal.Open();
        var report = new TestReport(console, repository);
        try
        {
            string? errors = await report.FollowAsync("Building", () => Solution.BuildAsync(repository, cancellationToken));
            if (errors is not null)
            {
                console.WriteLine(errors);
                console.WriteLine("The build failed; no test was run.");
                return 1;
            }

            var suite = new TestSuite(TestProject.FindAll(repository), settings, report);
            TestResult result = await report.FollowAsync("Testing", () => suite.RunAsync(cancellationToken));
            console.WriteLine();
            console.WriteLine(result.ToString());
            return result.Failures.Count == 0 && result.Passed > 0 ? 0 : 1;
        }
        catch (OperationCanceledException)
        {
            console.WriteLine("Stopped.");
            return 130; // as a shell reports SIGINT
        }
    }
}
