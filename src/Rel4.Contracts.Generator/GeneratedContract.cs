using System.Collections.Immutable;

namespace Rel4.Contracts.Generator;

/// <summary>What an interface becomes. Equal by value, so that the compiler's cache can tell whether anything has changed.</summary>
internal sealed class GeneratedContract(string fileName, string? source, ImmutableArray<Problem> problems) : IEquatable<GeneratedContract>
{
    /// <summary>Gets the name of the generated file.</summary>
    public string FileName => fileName;

    /// <summary>Gets its text; null if there are problems.</summary>
    public string? Source => source;

    /// <summary>Gets why there is none.</summary>
    public ImmutableArray<Problem> Problems => problems;

    /// <inheritdoc/>
    public bool Equals(GeneratedContract? other) =>
        other is not null && fileName == other.FileName && source == other.Source && problems.SequenceEqual(other.Problems);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as GeneratedContract);

    /// <inheritdoc/>
    public override int GetHashCode() => fileName.GetHashCode() ^ (source?.GetHashCode() ?? problems.Length);
}
