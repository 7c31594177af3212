namespace Rel4.Hosted.Sandbox;

/// <summary>Says how a task is open to debuggers and diagnostic tools, and so weaker than others.</summary>
/// <param name="WaitsForDebugger">Whether it waits, before its program or method begins, until a debugger for .NET is attached.</param>
public sealed record DebugPolicy(bool WaitsForDebugger);
