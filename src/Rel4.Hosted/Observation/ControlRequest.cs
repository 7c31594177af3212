namespace Rel4.Hosted.Observation;

/// <summary>Asks a running system to do something to a task: one line of JSON. What is left out is null, and the request none.</summary>
/// <param name="Command">What to do.</param>
/// <param name="Task">The task's name.</param>
internal sealed record ControlRequest(ControlCommand? Command, string? Task);

/// <summary>Says what came of it: one line of JSON.</summary>
/// <param name="Refusal">Why it was not done; null if it was.</param>
internal sealed record ControlAnswer(string? Refusal);
