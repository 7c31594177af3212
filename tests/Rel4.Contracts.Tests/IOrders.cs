namespace Rel4.Contracts.Tests;

[Contract]
internal interface IOrders
{
    ValueTask<Order> TurnAsync(Order order, int times);
}
