using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Probe;

/// <summary>Is what came of trying something.</summary>
/// <param name="Name">What was tried.</param>
/// <param name="Error">The error, or none.</param>
internal readonly record struct Attempt(string Name, LinuxError Error)
{
    /// <summary>Writes it as <c>name=ERROR</c>.</summary>
    public override string ToString() => $"{Name}={Error}";
}
