using Rel4.Hosted.Composition.Json;

namespace Rel4.Hosted.Observation;

/// <summary>Asks a running system to do something to a task, or to add one: one line of JSON. What is left out is null; one that asks for neither or both is none.</summary>
/// <param name="Command">What to do to a task.</param>
/// <param name="Task">That task's name.</param>
/// <param name="Add">The task to add.</param>
internal sealed record ControlRequest(ControlCommand? Command, string? Task, TaskFile? Add = null)
{
    /// <summary>Tells whether it asks for one thing.</summary>
    public bool IsOne => Add is null ? Command is not null && Task is not null : Command is null && Task is null && Add is { Json: not null, Folder: not null, Source: not null };
}

/// <summary>Says what came of it: one line of JSON.</summary>
/// <param name="Refusal">Why it was not done; null if it was.</param>
internal sealed record ControlAnswer(string? Refusal);
