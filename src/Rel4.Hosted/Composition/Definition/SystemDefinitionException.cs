using System.Collections.Immutable;
using Rel4.Hosted.Supervision;
using Rel4.Runtime;

namespace Rel4.Hosted.Composition;

/// <summary>Says what is wrong with the definition of a system.</summary>
/// <param name="Where">The part that is wrong, as <c>task 'gateway', grant 'store'</c>.</param>
/// <param name="What">What is wrong with it.</param>
/// <param name="Fix">What to do.</param>
public sealed record SystemProblem(string Where, string What, string Fix)
{
    private const int MostShown = 400;

    /// <summary>Writes it in one line for people, whatever names and values of the definition it quotes (<see cref="PrintableText"/>).</summary>
    public override string ToString() => PrintableText.Of($"{Shorten(Where)}: {Shorten(What)}. {Shorten(Fix)}.");

    /// <summary>Leaves out the middle of what is too long to be read.</summary>
    private static string Shorten(string text) =>
        text.Length <= MostShown ? text : $"{text[..(MostShown / 2)]}...{text[^(MostShown / 2)..]}";
}

/// <summary>Reports a definition of a system that can't be used, with all that is wrong with it.</summary>
public sealed class SystemDefinitionException : Rel4Exception
{
    internal SystemDefinitionException(ImmutableArray<SystemProblem> problems, Exception? cause = null)
        : base(Rel4ErrorCode.Definition, string.Join(Environment.NewLine, problems), cause) => Problems = problems;

    /// <summary>Makes one of a single problem.</summary>
    internal static SystemDefinitionException Of(SystemProblem problem) => new([problem]);

    /// <summary>Gets what is wrong.</summary>
    public ImmutableArray<SystemProblem> Problems { get; }
}
