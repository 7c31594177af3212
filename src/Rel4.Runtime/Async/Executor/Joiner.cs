namespace Rel4.Runtime;

/// <summary>Is one who waits for the end of a coroutine: a completion of its own, in the use of one version.</summary>
internal sealed record Joiner(Completion<Nothing> Completion, int Version, Joiner? Next);
