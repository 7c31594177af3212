using Rel4.Samples.Kv.Gateway;

namespace Rel4.Kv.Tests.Gateway;

/// <summary>How many clients are there at most?</summary>
public sealed class ClientLimitTests
{
    [Theory]
    [InlineData("Limit  Soft Limit  Hard Limit  Units\nMax open files            4096                 8192                 files\n", 3584)]
    [InlineData("Max open files            1048576              1048576              files\n", 10_000)]
    [InlineData("Max open files            unlimited            unlimited            files\n", 10_000)]
    [InlineData("Max open files            64                   64                   files\n", 1)]
    [InlineData("", 512)]
    public void Limit_OfDescriptors_LeavesSomeForTheGatewayItself(string limits, int clients) => Assert.Equal(clients, ClientLimit.Of(limits));

    [Fact]
    public void Connection_TooMany_IsToldSo()
    {
        using var gateway = new InProcessGateway(mostClients: 0);

        Assert.Equal($"-{Errors.TooManyClients}\r\n", gateway.Converse("PING\r\n"));
    }
}
