using System.Collections.Immutable;
using Rel4.Hosted.Composition;

namespace Rel4.Hosted.Supervision;

/// <summary>Tells what is in a system at one moment.</summary>
/// <param name="Tasks">The tasks, in the order in which they were started first.</param>
/// <param name="Objects">The objects between them.</param>
internal sealed record SystemContent(ImmutableArray<RunningTask> Tasks, ImmutableArray<PlacedObject> Objects);

/// <summary>Tells where an object is.</summary>
/// <param name="Definition">The object.</param>
/// <param name="Slot">The root task's slot that holds it.</param>
internal readonly record struct PlacedObject(ObjectDefinition Definition, ulong Slot);
