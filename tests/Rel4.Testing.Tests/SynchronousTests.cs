using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Testing.Tests;

/// <summary>Does synchronous IPC between the tasks of a test system go as between processes?</summary>
public sealed class SynchronousTests : IDisposable
{
    private readonly TestSystem _system = new();
    private readonly TestEndpoint _sums;

    public SynchronousTests() => _sums = _system.AddEndpoint("sums");

    public void Dispose() => _system.Dispose();

    [Fact]
    public void Call_OfATaskThatReceives_IsAnsweredAndShowsTheBadge()
    {
        ulong badge = 0;
        TestTask adder = _system.AddTask("adder", () =>
        {
            ReceivedMessage request = TaskContext.Endpoint("requests").Receive();
            badge = request.Badge;
            request.Reply(label: 3, request[0] + request[1]);
        }).Grant("requests", _sums, CapRights.Read);
        _system.Grant("adder", _sums, CapRights.Write | CapRights.GrantReply, badge: 7);

        ReceivedMessage answer = TaskContext.Endpoint("adder").Call(label: 0, 40, 2);

        Assert.Equal(3u, answer.Label);
        Assert.Equal(42u, answer[0]);
        adder.Join();
        Assert.Equal(7u, badge);
        Assert.True(adder.HasEnded);
        Assert.Null(adder.Failure);
    }

    [Fact]
    public void Call_OfATaskThatFails_IsAbandonedAndTheTestLearnsWhy()
    {
        TestTask divider = _system.AddTask("divider", () =>
        {
            ReceivedMessage request = TaskContext.Endpoint("requests").Receive();
            request.Reply(label: 0, request[0] / request[1]);
        }).Grant("requests", _sums, CapRights.Read);
        _system.Grant("divider", _sums, CapRights.Write | CapRights.GrantReply);

        Assert.Throws<ReplyAbandonedException>(() => TaskContext.Endpoint("divider").Call(0, 42, 0));

        Assert.IsType<DivideByZeroException>(divider.Failure);
        Assert.Throws<DivideByZeroException>(divider.Join);
        divider.Restart();
        Assert.Equal(7u, TaskContext.Endpoint("divider").Call(0, 42, 6)[0]);
    }

    [Fact]
    public void Receive_WithoutTheRight_IsRefusedByTheKernel()
    {
        _system.Grant("sums", _sums, CapRights.Write);

        Assert.Throws<SeL4FaultException>(() => TaskContext.Endpoint("sums").Receive());
        Assert.Throws<InvalidOperationException>(() => TaskContext.Endpoint("others"));
    }

    [Fact]
    public void Call_ThatNobodyReceives_TellsTheTestThatNobodyCanGoOn()
    {
        _system.AddTask("idler", () => TaskContext.Notification("never").Wait()).Grant("never", _system.AddNotification("never"), CapRights.Read);
        _system.Grant("sums", _sums, CapRights.Write | CapRights.GrantReply);

        TestStandstillException standstill = Assert.Throws<TestStandstillException>(() => TaskContext.Endpoint("sums").Call(0));

        Assert.Contains("'idler' waits in Recv on capability 'never'", standstill.Message, StringComparison.Ordinal);
        Assert.Contains("the test waits in Call on capability 'sums'", standstill.Message, StringComparison.Ordinal);
    }
}
