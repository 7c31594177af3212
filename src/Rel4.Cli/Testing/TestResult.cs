namespace Rel4.Cli.Testing;

/// <summary>Holds what came out of a test project, or of several.</summary>
internal sealed record TestResult(int Passed, int Skipped, IReadOnlyList<TestFailure> Failures)
{
    /// <summary>Gets the result of having run nothing.</summary>
    public static TestResult None { get; } = new(0, 0, []);

    /// <summary>Adds up two results.</summary>
    public static TestResult operator +(TestResult left, TestResult right) =>
        new(left.Passed + right.Passed, left.Skipped + right.Skipped, [.. left.Failures, .. right.Failures]);

    /// <summary>Says the counts: <c>N passed, N failed</c>, and the skipped only if there are any.</summary>
    public override string ToString() =>
        $"{Passed} passed, {Failures.Count} failed" + (Skipped == 0 ? "" : $", {Skipped} skipped");
}

/// <summary>Says what failed and why.</summary>
/// <param name="Name">The test, or the project when the process failed.</param>
/// <param name="Message">What was expected and what happened.</param>
/// <param name="StackTrace">Where; empty when that is not known.</param>
/// <param name="Output">What the test wrote; empty if nothing.</param>
internal sealed record TestFailure(string Name, string Message, string StackTrace = "", string Output = "");
