using MemoryPack;
using MessagePack;

namespace Rel4.Bench.Contracts;

/// <summary>A type that goes as deep as a message says.</summary>
[MemoryPackable]
[MessagePackObject]
public sealed partial class Nest
{
    /// <summary>Gets or sets the next.</summary>
    [Key(0)]
    [Nerdbank.MessagePack.Key(0)]
    public Nest? Inner { get; set; }
}
