using MemoryPack;
using MessagePack;

namespace Rel4.Bench.Contracts;

/// <summary>A line of an <see cref="Order"/>.</summary>
[MemoryPackable]
[MessagePackObject]
public sealed partial record OrderLine(
    [property: Key(0)][property: Nerdbank.MessagePack.Key(0)] string Item,
    [property: Key(1)][property: Nerdbank.MessagePack.Key(1)] int Count,
    [property: Key(2)][property: Nerdbank.MessagePack.Key(2)] double Price);
