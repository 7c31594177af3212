namespace Rel4.Runtime;

/// <summary>Is what another thread hands to an executor: a continuation or frame to make ready, or a use of a completion to cancel.</summary>
/// <param name="Owner">Whose it is; null to cancel.</param>
/// <param name="Continuation">What to call; null for a frame, and to cancel.</param>
/// <param name="State">Its argument, or the frame, or the completion.</param>
/// <param name="Version">The use of the completion.</param>
internal readonly record struct Injection(Coroutine? Owner, Action<object?>? Continuation, object? State, int Version);
