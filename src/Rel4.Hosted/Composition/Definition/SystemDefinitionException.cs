using System.Collections.Immutable;

namespace Rel4.Hosted.Composition;

/// <summary>Says what is wrong with the definition of a system.</summary>
/// <param name="Where">The part that is wrong, as <c>task 'gateway', grant 'store'</c>.</param>
/// <param name="What">What is wrong with it.</param>
/// <param name="Fix">What to do.</param>
public sealed record SystemProblem(string Where, string What, string Fix)
{
    /// <summary>Writes it as one sentence for people.</summary>
    public override string ToString() => $"{Where}: {What}. {Fix}.";
}

/// <summary>Reports a definition of a system that can't be used, with all that is wrong with it.</summary>
public sealed class SystemDefinitionException : Exception
{
    internal SystemDefinitionException(ImmutableArray<SystemProblem> problems)
        : base(string.Join(Environment.NewLine, problems)) => Problems = problems;

    /// <summary>Gets what is wrong.</summary>
    public ImmutableArray<SystemProblem> Problems { get; }
}
