using PolyType;

namespace Rel4.Bench.Contracts;

/// <summary>Has the shape of an <see cref="Order"/>.</summary>
[GenerateShapeFor<Order>]
internal sealed partial class Shapes;
