using System.Collections.Immutable;

namespace Rel4.Hosted.Composition;

/// <summary>Says what the process of a task runs.</summary>
/// <param name="Path">The program: a .NET assembly (<c>.dll</c>, with its <c>.runtimeconfig.json</c> beside it) or an executable.</param>
public sealed record TaskProgram(string Path)
{
    /// <summary>Gets the program's arguments.</summary>
    public ImmutableArray<string> Arguments { get; init; } = [];

    /// <summary>Gets the method that runs instead of the program's <c>Main</c>; null if <c>Main</c> does.</summary>
    public TaskMethod? Method { get; init; }
}
