namespace Rel4.Metal.Tests;

/// <summary>Is a row that the root task printed: columns of fixed width.</summary>
internal sealed record SuiteRow(string Subject, string State, string Operation, string Result)
{
    private const int State0 = 14;
    private const int Operation0 = State0 + 15;
    private const int Outcome0 = Operation0 + 16;
    private const int Result0 = Outcome0 + 70;

    /// <summary>Reads all rows of a run.</summary>
    public static IEnumerable<SuiteRow> All(ProgramRun run) => run.Output.Split('\n').Where(line => line.Length > Result0).Select(line => new SuiteRow(
        line[..State0].TrimEnd(), line[State0..Operation0].TrimEnd(), line[Operation0..Outcome0].TrimEnd(), line[Result0..].Trim()));

    /// <summary>Tells whether it is this row.</summary>
    public bool Is(string subject, string state, string operation) => (Subject, State, Operation) == (subject, state, operation);
}
