using PolyType;

namespace Rel4.Hosted.Aot;

/// <summary>A type for which the generator makes no code.</summary>
internal sealed record Order(string Item, IReadOnlyList<Order> Parts);

/// <summary>Has its shape.</summary>
[GenerateShapeFor<Order>]
internal sealed partial class Shapes;
