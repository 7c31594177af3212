namespace Rel4.Sim;

/// <summary>Checks what must hold in a kernel between two entries, whatever its users did.</summary>
/// <remarks>
/// It starts at the root task's CNode and thread and follows capabilities, the derivation list and queues. What is wrong is told
/// all at once, because one broken pointer shows up in several places.
/// <list type="number">
/// <item>Derivation (<see cref="DerivationInvariants"/>): the lists are well linked, and descendants follow their ancestor
/// without a gap.</item>
/// <item>Memory (<see cref="MemoryInvariants"/>): objects overlap only as untyped memory and its children do; what is free is zero.</item>
/// <item>Threads (<see cref="ThreadInvariants"/>): what a thread's state says is so.</item>
/// <item>Queues (<see cref="QueueInvariants"/>): every thread is in the one queue that its state names, or in none.</item>
/// <item>User interrupts (<see cref="UserInterruptInvariants"/>): the tables, their chains and what points into them agree.</item>
/// </list>
/// </remarks>
internal static class Invariants
{
    // A survey keeps its lists and sets, so that a check after every step of a long test does not make garbage.
    [ThreadStatic]
    private static Survey? s_survey;

    /// <summary>Finds what is wrong; nothing, if all is well.</summary>
    public static IReadOnlyList<string> Find(SimKernel kernel) => Find(kernel.Subject);

    /// <inheritdoc cref="Find(SimKernel)"/>
    public static IReadOnlyList<string> Find(SurveySubject kernel) => [.. Examine(kernel)];

    /// <summary>Makes sure that all is well.</summary>
    /// <exception cref="InvariantException">Something is wrong.</exception>
    public static void Check(SimKernel kernel) => Check(kernel.Subject);

    /// <inheritdoc cref="Check(SimKernel)"/>
    public static void Check(SurveySubject kernel)
    {
        List<string> violations = Examine(kernel);
        if (violations.Count != 0)
            throw new InvariantException(violations);
    }

    private static List<string> Examine(SurveySubject kernel)
    {
        Survey survey = s_survey ??= new Survey();
        survey.Take(kernel);
        DerivationInvariants.Check(survey);
        MemoryInvariants.Check(survey);
        ThreadInvariants.Check(survey);
        QueueInvariants.Check(survey);
        UserInterruptInvariants.Check(survey);
        return survey.Violations;
    }
}

/// <summary>Tells which invariants do not hold.</summary>
internal sealed class InvariantException : Exception
{
    private static readonly string NewLine = Environment.NewLine + "  ";

    public InvariantException(IReadOnlyList<string> violations)
        : base($"{violations.Count} invariant(s) do not hold:{NewLine}{string.Join(NewLine, violations)}") =>
        Violations = [.. violations];

    /// <summary>Gets what is wrong, a line each.</summary>
    public IReadOnlyList<string> Violations { get; }
}
