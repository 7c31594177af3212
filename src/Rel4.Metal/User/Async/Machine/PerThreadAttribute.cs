namespace Rel4.Runtime;

/// <summary>Marks static fields of which each thread has its own: a task here has one thread.</summary>
internal sealed class PerThreadAttribute : Attribute;
