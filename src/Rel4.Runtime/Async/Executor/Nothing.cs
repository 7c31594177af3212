namespace Rel4.Runtime;

/// <summary>Is the result of a wait that has none.</summary>
internal readonly struct Nothing;
