using Rel4.Contracts;

namespace Rel4.Hosted.Aot;

/// <summary>A contract of all kinds of methods, to be compiled ahead of time.</summary>
[Contract]
internal interface IOrders
{
    ValueTask<Order> TurnAsync(Order order, IBell bell);

    IAsyncEnumerable<int> DoubleAsync(IAsyncEnumerable<int> values, CancellationToken cancel = default);

    /// <summary>Ends the server.</summary>
    ValueTask EndAsync();
}
