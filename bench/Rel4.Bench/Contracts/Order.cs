using MemoryPack;
using MessagePack;

namespace Rel4.Bench.Contracts;

/// <summary>What each serializer writes and reads.</summary>
[MemoryPackable]
[MessagePackObject]
public sealed partial record Order(
    [property: Key(0)][property: Nerdbank.MessagePack.Key(0)] int Number,
    [property: Key(1)][property: Nerdbank.MessagePack.Key(1)] string Customer,
    [property: Key(2)][property: Nerdbank.MessagePack.Key(2)] IReadOnlyList<OrderLine> Lines);
