using System.Runtime.CompilerServices;

namespace Rel4.Hosted.Aot;

/// <summary>The server's.</summary>
internal sealed class Orders(CancellationTokenSource end) : IOrders
{
    public async ValueTask<Order> TurnAsync(Order order, IBell bell) => order with { Parts = [.. order.Parts.Reverse().Take(await bell.RingAsync(order))] };

    public async IAsyncEnumerable<int> DoubleAsync(IAsyncEnumerable<int> values, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await foreach (int value in values.WithCancellation(cancel))
            yield return 2 * value;
    }

    public ValueTask EndAsync()
    {
        // Behind the answer.
        end.CancelAfter(TimeSpan.FromMilliseconds(1));
        return default;
    }
}
