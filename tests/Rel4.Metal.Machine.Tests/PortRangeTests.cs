namespace Rel4.Metal.Kernel;

/// <summary>Does a range stand for its ports, and no others, wherever it starts and ends?</summary>
[Collection(nameof(MachineWorld))]
public sealed class PortRangeTests : IDisposable
{
    public void Dispose() => PortRange.Release(new PortRange(0, ushort.MaxValue));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(63, 63)]
    [InlineData(63, 64)]
    [InlineData(1, 62)]
    [InlineData(0, 63)]
    [InlineData(70, 300)]
    [InlineData(65472, 65535)]
    [InlineData(65535, 65535)]
    [InlineData(0, 65535)]
    public void Take_Range_IssuesItsPortsAndNoOthers(int first, int last)
    {
        var range = new PortRange((ushort)first, (ushort)last);
        Assert.False(PortRange.AnyIssued(range));
        PortRange.Take(range);

        Assert.Equal((ulong)(last - first + 1), PortRange.IssuedCount);
        Assert.True(PortRange.AllIssued(range));
        for (int port = Math.Max(0, first - 65); port <= Math.Min(ushort.MaxValue, last + 65); port++)
        {
            var one = new PortRange((ushort)port, (ushort)port);
            Assert.Equal(port >= first && port <= last, PortRange.AnyIssued(one));
            Assert.Equal(port >= first && port <= last, PortRange.AllIssued(one));
        }

        PortRange.Release(range);
        Assert.Equal(0UL, PortRange.IssuedCount);
    }

    [Fact]
    public void Release_PartOfARange_LeavesTheRest()
    {
        PortRange.Take(new PortRange(10, 200));
        PortRange.Release(new PortRange(60, 130));
        Assert.Equal(191UL - 71, PortRange.IssuedCount);
        Assert.True(PortRange.AllIssued(new PortRange(10, 59)));
        Assert.True(PortRange.AllIssued(new PortRange(131, 200)));
        Assert.False(PortRange.AnyIssued(new PortRange(60, 130)));
        Assert.False(PortRange.AllIssued(new PortRange(59, 60)));
        Assert.True(PortRange.AnyIssued(new PortRange(59, 60)));
    }
}
