using PolyType;

namespace Rel4.Bench.Contracts;

/// <summary>Has the shapes of what is measured.</summary>
[GenerateShapeFor<Order>]
[GenerateShapeFor<Nest>]
internal sealed partial class Shapes;
