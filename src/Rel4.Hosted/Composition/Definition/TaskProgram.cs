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

/// <summary>Names a static method without parameters that returns nothing or an exit code.</summary>
/// <param name="Assembly">The name of its assembly, which the program must be able to load.</param>
/// <param name="Type">The full name of its type.</param>
/// <param name="Name">Its own name.</param>
public sealed record TaskMethod(string Assembly, string Type, string Name)
{
    /// <summary>Writes it as <c>Type.Name (Assembly)</c>.</summary>
    public override string ToString() => $"{Type}.{Name} ({Assembly})";
}
