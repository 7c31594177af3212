using Rel4.Contracts;

namespace Rel4.Hosted.Aot;

/// <summary>A callback.</summary>
[Contract]
internal interface IBell
{
    ValueTask<int> RingAsync(Order order);
}
