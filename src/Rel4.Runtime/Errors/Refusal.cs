namespace Rel4.Runtime;

/// <summary>Holds what is known of a method that the kernel refused.</summary>
/// <param name="Method">The method.</param>
/// <param name="Capability">Address of the capability invoked.</param>
/// <param name="Failure">The error and its details.</param>
/// <param name="Destination">The only slot concerned, or where something was to go.</param>
/// <param name="Source">The slot from which a capability was to come.</param>
/// <param name="Pivot">The slot in the middle of a rotation.</param>
/// <param name="Count">How many slots there are from <paramref name="Destination"/> on.</param>
internal readonly record struct Refusal(
    MethodDescription Method, ulong Capability, InvocationFailure Failure, CapSlot Destination, CapSlot Source, CapSlot Pivot, int Count);
