using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Do requests wait in their ring for the server's code, in order, without keeping others waiting?</summary>
[Collection(nameof(OneKernel))]
public sealed class PullTests
{
    private readonly Recorder _output = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Requests_ThatNobodyTakesUntilTheirClientEnds_ComeInOrderAndItsChannelEnds(bool dies)
    {
        await using RunningSystem system = await StartAsync(
            PullPrograms.ReceiveLate, ("sender", dies ? PullPrograms.SendAndDie : PullPrograms.SendAndExit, CapRights.Write));

        await _output.WaitForAsync("all in order");
        await _output.WaitForAsync("no channel left");
    }

    [Fact]
    public async Task Flood_OfOneClient_LeavesTurnsToTimersOtherClientsAndSynchronousCallers()
    {
        await using RunningSystem system = await StartAsync(
            PullPrograms.TickBeside, ("flooder", PullPrograms.Flood, CapRights.Write), ("client", PullPrograms.CallBeside, CapRights.Read));

        await AsyncSystem.EndOfClientsAsync(system, _output);
        await _output.WaitForAsync("answered");
        await _output.WaitForAsync("tick", _output.Output.Count(line => line == "tick") + 3);
    }

    private Task<RunningSystem> StartAsync(Action server, params ReadOnlySpan<(string Name, Action Program, CapRights Gate)> clients)
    {
        var builder = new SystemBuilder();
        EndpointDefinition requests = builder.AddEndpoint(AsyncSystem.Requests);
        NotificationDefinition gate = builder.AddNotification(PullPrograms.Gate);
        TaskBuilder task = builder.AddTask("server", server).Grant(AsyncSystem.Requests, requests, AsyncSystem.Server);
        if (clients.Length == 1)
            task.Grant(PullPrograms.Gate, gate, CapRights.Read);
        foreach ((string name, Action program, CapRights right) in clients)
        {
            TaskBuilder client = builder.AddTask(name, program).Grant(AsyncSystem.Requests, requests, AsyncSystem.Client);
            _ = right == CapRights.Write ? client.Grant(PullPrograms.Gate, gate, right, badge: 1) : client.Grant(PullPrograms.Gate, gate, right);
        }

        return AsyncSystem.StartAsync(builder, _output);
    }
}
