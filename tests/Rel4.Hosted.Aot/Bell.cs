namespace Rel4.Hosted.Aot;

/// <summary>The client's.</summary>
internal sealed class Bell : IBell
{
    public ValueTask<int> RingAsync(Order order) => new(order.Parts.Count);
}
