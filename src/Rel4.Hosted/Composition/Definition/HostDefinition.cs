using System.Collections.Immutable;

namespace Rel4.Hosted.Composition;

/// <summary>Describes what the process that composes a system may do in it.</summary>
public sealed record HostDefinition
{
    /// <summary>Gets the capabilities it gets for shared objects.</summary>
    public ImmutableArray<GrantDefinition> Grants { get; init; } = [];

    /// <summary>Gets log2 of the bytes that its runtime makes channels and threads from.</summary>
    public int AsyncMemoryBits { get; init; } = TaskDefinition.DefaultAsyncMemoryBits;
}
