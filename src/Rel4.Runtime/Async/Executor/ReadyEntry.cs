namespace Rel4.Runtime;

/// <summary>Is one continuation that may run.</summary>
/// <param name="Owner">The coroutine that it continues.</param>
/// <param name="Continuation">What to call.</param>
/// <param name="State">Its argument.</param>
internal readonly record struct ReadyEntry(Coroutine Owner, Action<object?> Continuation, object? State);
