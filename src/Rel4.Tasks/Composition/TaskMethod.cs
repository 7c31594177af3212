namespace Rel4.Hosted.Composition;

/// <summary>Names a static method without parameters that returns nothing or an exit code.</summary>
/// <param name="Assembly">The name of its assembly, which the program must be able to load.</param>
/// <param name="Type">The full name of its type.</param>
/// <param name="Name">Its own name.</param>
public sealed record TaskMethod(string Assembly, string Type, string Name)
{
    /// <summary>Writes it as <c>Type.Name (Assembly)</c>.</summary>
    public override string ToString() => $"{Type}.{Name} ({Assembly})";
}
