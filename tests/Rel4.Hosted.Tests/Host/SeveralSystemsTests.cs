using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Observation;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Host;

/// <summary>Can a process compose several systems side by side, and take part in each?</summary>
[Collection(nameof(OneKernel))]
public sealed class SeveralSystemsTests
{
    private const CapRights Client = CapRights.Write | CapRights.Grant, Server = CapRights.Read | CapRights.Grant;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Calls_OfTwoSystems_ReachEachItsOwn_AlsoWhenOneHasStoppedAndAnotherStarted()
    {
        RunningSystem first = await StartAsync(badge: 11);
        await using RunningSystem second = await StartAsync(badge: 12);
        EndpointCap ofFirst = first.Host.Endpoint("server"), ofSecond = second.Host.Endpoint("server");
        Assert.NotEqual(ofFirst, ofSecond);
        Assert.Equal((11ul, 12ul), (await BadgeAsync(ofFirst), await BadgeAsync(ofSecond)));

        await first.DisposeAsync();
        await using RunningSystem third = await StartAsync(badge: 13);

        Assert.Equal((12ul, 13ul), (await BadgeAsync(ofSecond), await BadgeAsync(third.Host.Endpoint("server"))));
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => BadgeAsync(ofFirst));
        Assert.Contains("runs in this process no longer", refused.Message, StringComparison.Ordinal);
        Assert.Throws<KernelEndedException>(() => first.Host.Run(() => ValueTask.CompletedTask));
    }

    [Fact]
    public async Task Executors_OfTwoSystems_ServeEachItsOwnAndRefuseTheOthersCapabilities()
    {
        await using RunningSystem first = await StartAsync(badge: 11);
        await using RunningSystem second = await StartAsync(badge: 12);
        EndpointCap ofFirst = first.Host.Endpoint("server"), ofSecond = second.Host.Endpoint("server");

        (ulong seen, Exception? refused) = await OnExecutorAsync(first, ofFirst, ofSecond);
        (ulong seenBySecond, Exception? refusedBySecond) = await OnExecutorAsync(second, ofSecond, ofFirst);

        Assert.Equal((11ul, 12ul), (seen, seenBySecond));
        Assert.Contains("of one system, and the capability of another", Assert.IsType<InvalidOperationException>(refused).Message, StringComparison.Ordinal);
        Assert.IsType<InvalidOperationException>(refusedBySecond);
    }

    [Fact]
    public async Task Executor_OfOneSystem_ReachesTheOtherFromAThreadWithoutExecutor()
    {
        await using RunningSystem first = await StartAsync(badge: 11);
        await using RunningSystem second = await StartAsync(badge: 12);
        EndpointCap ofFirst = first.Host.Endpoint("server"), ofSecond = second.Host.Endpoint("server");
        ulong seen = 0, then = 0;

        await OnThreadAsync(() => first.Host.Run(async () =>
        {
            seen = await Task.Run(() => BadgeAsync(ofSecond));
            then = await BadgeAsync(ofFirst);
        }));

        Assert.Equal((12ul, 11ul), (seen, then));
    }

    [Fact]
    public async Task WhatNamesNoSystem_WhileThereAreTwo_IsRefusedAndSaysWhatToUse_AndGoesOnWithOne()
    {
        RunningSystem first = await StartAsync(badge: 11);
        await using RunningSystem second = await StartAsync(badge: 12);

        Assert.Contains("RunningSystem.Host", Assert.Throws<InvalidOperationException>(() => TaskContext.Endpoint("server")).Message, StringComparison.Ordinal);
        InvalidOperationException refused = Assert.Throws<InvalidOperationException>(() => ReL4.Run(() => ValueTask.CompletedTask));
        Assert.Contains("RunningSystem.Host.Run", refused.Message, StringComparison.Ordinal);
        Assert.True(TaskContext.IsAvailable);

        await first.DisposeAsync();
        Assert.Equal(12ul, await BadgeAsync(TaskContext.Endpoint("server")));
    }

    [Fact]
    public async Task Address_ThatIsNone_IsRefused()
    {
        await using RunningSystem system = await StartAsync(badge: 11);

        InvalidOperationException refused = Assert.Throws<InvalidOperationException>(() => { _ = ReL4.Call(17, 1, default, Cancelled); });

        Assert.Contains("no address of a capability of this process", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TwoSystems_LookedAtFromOutside_AreToldApart()
    {
        await using RunningSystem first = await StartAsync(badge: 11, name: "first");
        await using RunningSystem second = await StartAsync(badge: 12, name: "second");

        ObservedSystem[] own = [.. (await ObservedSystem.FindAllAsync(Cancelled)).Where(system => system.ProcessId == Environment.ProcessId)];
        SystemSnapshot?[] shown = await Task.WhenAll(own.Select(system => system.LookAsync(Cancelled)));

        Assert.Equal([$"{Environment.ProcessId}", $"{Environment.ProcessId}.2"], own.Select(system => system.Id));
        Assert.Equal(["first", "second"], shown.Select(snapshot => snapshot!.Name));
        Assert.Equal([11ul, 12ul], shown.Select(snapshot => snapshot!.Holdings.Single(holding => holding.Task == "host").Badge));
    }

    [Fact]
    public async Task Systems_StartedAndStoppedAtOnce_AllAnswer()
    {
        ulong[] seen = await Task.WhenAll(Enumerable.Range(1, 4).Select(async number =>
        {
            await using RunningSystem system = await StartAsync(badge: (ulong)number);
            return await BadgeAsync(system.Host.Endpoint("server"));
        }));

        Assert.Equal([1ul, 2, 3, 4], seen);
        Assert.False(TaskContext.IsAvailable);
    }

    [Fact]
    public async Task Stop_OfSystemsWithCallsUnderWay_DisturbsNoOther_AndNoOldHandleReachesANewSystem()
    {
        await using RunningSystem other = await StartAsync(badge: 100);
        using var stop = new CancellationTokenSource();
        Task<int> load = Task.Run(async () =>
        {
            int answered = 0;
            for (EndpointCap server = other.Host.Endpoint("server"); !stop.IsCancellationRequested; answered++)
                Assert.Equal(100ul, await BadgeAsync(server));
            return answered;
        });
        var old = new List<EndpointCap>();
        for (ulong round = 1; round <= 4; round++)
        {
            RunningSystem system = await StartAsync(round);
            EndpointCap server = system.Host.Endpoint("server");
            Assert.Equal(round, await BadgeAsync(server));
            Task[] callers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
            {
                while (true)
                    await BadgeAsync(server);
            }))];
            Assert.All(old, handle => Assert.Throws<InvalidOperationException>(() => { _ = ReL4.Call(handle.CPtr, HostPrograms.Badge, default, Cancelled); }));

            await system.DisposeAsync();

            foreach (Task caller in callers)
            {
                Exception? end = await Record.ExceptionAsync(() => caller.WaitAsync(s_limit, Cancelled));
                Assert.True(end is KernelEndedException or ChannelEndedException or InvalidOperationException, $"{end}");
            }

            old.Add(server);
        }

        await stop.CancelAsync();
        Assert.NotEqual(0, await load.WaitAsync(s_limit, Cancelled));
    }

    private static Task<RunningSystem> StartAsync(ulong badge, string? name = null)
    {
        var builder = new SystemBuilder();
        EndpointDefinition requests = builder.AddEndpoint("requests");
        builder.AddTask("server", HostPrograms.Serve).Grant("requests", requests, Server);
        builder.Host.Grant("server", requests, Client, badge);
        return builder.StartAsync(new SupervisionOptions { Output = new Recorder(), GracePeriod = TimeSpan.FromMilliseconds(100), Name = name }, Cancelled);
    }

    private static async Task<ulong> BadgeAsync(EndpointCap server)
    {
        using IpcResponse answer = await server.CallAsync(HostPrograms.Badge, default, s_limit, Cancelled);
        return BitConverter.ToUInt64(answer.Payload);
    }

    private static async Task<(ulong Badge, Exception? Refused)> OnExecutorAsync(RunningSystem system, EndpointCap own, EndpointCap other)
    {
        ulong badge = 0;
        Exception? refused = null;
        await OnThreadAsync(() => system.Host.Run(async () =>
        {
            try
            {
                _ = await BadgeAsync(other);
            }
            catch (InvalidOperationException refusal)
            {
                refused = refusal;
            }

            badge = await BadgeAsync(own);
        }));
        return (badge, refused);
    }

    private static Task OnThreadAsync(Action body) =>
        Task.Factory.StartNew(body, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).WaitAsync(s_limit, Cancelled);
}
