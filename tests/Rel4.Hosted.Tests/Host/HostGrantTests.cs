using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Observation;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.TaskSide;
using Rel4.Hosted.Tests.Supervision;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Host;

/// <summary>Can the composing process be granted something while its system runs, and lose it again?</summary>
[Collection(nameof(OneKernel))]
public sealed class HostGrantTests
{
    private const CapRights Client = CapRights.Write | CapRights.Grant, Server = CapRights.Read | CapRights.Grant;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly Recorder _output = new();
    private readonly SystemBuilder _builder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AddTask_WithAGrantToTheHost_IsCalledUntilItIsRemoved_AndItsNamesAreFreeThen()
    {
        await using RunningSystem system = await StartWithIdleAsync();
        EndpointCap? last = null;
        var badges = new List<ulong>();
        for (int i = 0; i < 3; i++)
        {
            await AddPluginAsync(system);
            EndpointCap plugin = TaskContext.Endpoint("plugin");
            Assert.NotEqual(last, plugin);
            badges.Add(await BadgeAsync(plugin));
            Assert.Equal(["plugin"], system.Host.Grants.Select(grant => grant.Name));

            await system.RemoveTaskAsync("plugin", hurry: Cancelled);

            Assert.Empty(system.Host.Grants);
            InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => BadgeAsync(plugin));
            Assert.Contains("taken away", refused.Message, StringComparison.Ordinal);
            Assert.Contains("no endpoint 'plugin'. It has nothing", Assert.Throws<InvalidOperationException>(() => system.Host.Endpoint("plugin")).Message, StringComparison.Ordinal);
            last = plugin;
        }

        // Each is another endpoint of the same name, so nobody's number is somebody else's.
        Assert.Equal([1ul, 1, 1], badges);
    }

    [Fact]
    public async Task RemoveTask_WhileTheHostHasACallUnderWay_FailsThat()
    {
        await using RunningSystem system = await StartWithIdleAsync();
        await AddPluginAsync(system);
        Task<IpcResponse> held = system.Host.Endpoint("plugin").CallAsync(HostPrograms.Hold, default, Cancelled).AsTask();
        await _output.WaitForAsync("holds");

        await system.RemoveTaskAsync("plugin", hurry: Cancelled);

        await Assert.ThrowsAsync<ChannelEndedException>(() => held.WaitAsync(s_limit, Cancelled));
    }

    [Fact]
    public async Task AddTask_ThatCantBeStarted_LeavesTheHostWithoutItsGrant()
    {
        await using RunningSystem system = await StartWithIdleAsync();
        var calls = new EndpointDefinition("plugin.calls");

        await Assert.ThrowsAnyAsync<IOException>(() => system.AddTaskAsync(
            "plugin", "/nowhere/plugin.dll", task => task.Owns(calls).Grant("requests", calls, Server).GrantHost("plugin", calls, Client), Cancelled));

        Assert.Empty(system.Host.Grants);
        await AddPluginAsync(system);
        Assert.Equal(1ul, await BadgeAsync(system.Host.Endpoint("plugin")));
    }

    [Fact]
    public async Task Add_ThatTheKernelRefuses_LeavesItsSlotFree()
    {
        EndpointDefinition requests = _builder.AddEndpoint("requests");
        await using RunningSystem system = await StartWithIdleAsync();
        await system.Host.GrantAsync("first", requests, Client, cancellationToken: Cancelled);
        var grant = new GrantDefinition("refused", requests, Client, Badge: 0);
        var nowhere = new PlacedObject(requests, system.Holdings.EndFree - 1);
        TaskManifest manifest = system.Host.Plan!.Manifest;

        for (ulong slot = manifest.FirstFree; slot < manifest.FirstRuntimeSlot; slot++)
            await Assert.ThrowsAsync<SeL4Exception>(() => system.Host.AddAsync([grant], [nowhere], owner: null));

        await system.Host.GrantAsync("second", requests, Client, cancellationToken: Cancelled);
        Assert.Equal(["first", "second"], system.Host.Grants.Select(held => held.Name));
    }

    [Fact]
    public async Task Grant_ToTheRunningHost_IsUsedUntilItIsRevoked()
    {
        EndpointDefinition requests = _builder.AddEndpoint("requests");
        _builder.AddTask("server", HostPrograms.Serve).Grant("requests", requests, Server);
        await using RunningSystem system = await StartAsync();
        Assert.False(TaskContext.IsAvailable);

        await system.Host.GrantAsync("server", requests, Client, badge: 9, Cancelled);
        EndpointCap server = TaskContext.Endpoint("server");
        Assert.Equal(9ul, await BadgeAsync(server));
        Task<IpcResponse> held = server.CallAsync(HostPrograms.Hold, default, Cancelled).AsTask();
        await _output.WaitForAsync("holds");
        await system.Host.RevokeAsync("server");

        await Assert.ThrowsAsync<ChannelEndedException>(() => held.WaitAsync(s_limit, Cancelled));
        Assert.Contains("taken away", (await Assert.ThrowsAsync<InvalidOperationException>(() => BadgeAsync(server))).Message, StringComparison.Ordinal);
        await system.Host.GrantAsync("again", requests, Client, cancellationToken: Cancelled);
        // One that no grant had; the server's own counts.
        Assert.Equal(2ul, await BadgeAsync(system.Host.Endpoint("again")));
    }

    [Fact]
    public async Task Receiving_FromAnAddedTasksEndpoint_EndsWhenTheTaskIsRemoved_AndTheExecutorGoesOn()
    {
        await using RunningSystem system = await StartWithIdleAsync();
        var calls = new EndpointDefinition("client.calls");
        Exception? end = null;
        int served = 0;

        for (int round = 0; round < 2; round++)
        {
            await system.AddTaskAsync(
                "client", HostPrograms.CallHost, task => task.Owns(calls).Grant("host", calls, Client, badge: 11).GrantHost("requests", calls, Server), Cancelled);
            Task serving = OnThreadAsync(() => system.Host.Run(async () =>
            {
                try
                {
                    await foreach (IpcRequest request in system.Host.Endpoint("requests").ReceiveAllAsync())
                    {
                        await request.ReplyAsync(1, [request.Payload[0], (byte)request.Badge]);
                        served++;
                    }
                }
                catch (InvalidOperationException refused)
                {
                    end = refused;
                }

                await Executor.Current!.Delay(TimeSpan.FromMilliseconds(1));
            }));
            await system["client"].Completion.WaitAsync(s_limit, Cancelled);

            await system.RemoveTaskAsync("client", hurry: Cancelled);

            await serving;
            Assert.Contains("taken away", end!.Message, StringComparison.Ordinal);
        }

        Assert.Equal(6, served);
    }

    [Fact]
    public async Task Notifications_GrantedWhileItRuns_WaitAndSignal()
    {
        await using RunningSystem system = await StartWithIdleAsync();
        NotificationDefinition gate = new("gate"), done = new("done");
        await system.AddTaskAsync(
            "task",
            HostPrograms.Signal,
            task => task.Owns(gate).Owns(done).Grant("gate", gate, CapRights.Read).Grant("done", done, CapRights.Write, badge: 2)
                .GrantHost("gate", gate, CapRights.Write, badge: 4).GrantHost("done", done, CapRights.Read),
            Cancelled);
        NotificationCap signal = system.Host.Notification("gate");

        signal.SignalUser();
        Assert.Equal(2ul, await system.Host.Notification("done").WaitAsync(Cancelled).AsTask().WaitAsync(s_limit, Cancelled));
        Task<ulong> unsignalled = system.Host.Notification("done").WaitAsync(Cancelled).AsTask();
        await system.RemoveTaskAsync("task", hurry: Cancelled);

        await Assert.ThrowsAsync<InvalidOperationException>(() => unsignalled.WaitAsync(s_limit, Cancelled));
        Exception? refused = await Record.ExceptionAsync(() => system.Host.GrantAsync("gate", gate, CapRights.Write, badge: 4, Cancelled));
        Assert.Contains("the system has no notification 'gate'", refused!.Message, StringComparison.Ordinal);
    }

    /// <summary>A thread that waits in the kernel has looked the capability up: it must not take what comes later, of that object or of the next in the same slot.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Revoke_OfWhatTheHostReceivesFrom_EndsThatAtOnce_AlsoWhereItsExecutorIsBusy(bool isBusy)
    {
        EndpointDefinition requests = _builder.AddEndpoint("requests");
        await using RunningSystem system = await StartWithIdleAsync();
        await system.Host.GrantAsync("requests", requests, Server, cancellationToken: Cancelled);
        using var revoked = new ManualResetEventSlim(!isBusy);
        Exception? end = null;
        Task serving = OnThreadAsync(() => system.Host.Run(async () =>
        {
            ValueTask<IpcRequest> next = system.Host.Endpoint("requests").ReceiveAsync();
            revoked.Wait(s_limit);
            end = await Record.ExceptionAsync(async () => await next);
        }));
        await Eventually.HoldsAsync(() => WaitersOf("requests") == 1, () => "The host does not receive.");

        await system.Host.RevokeAsync("requests");

        Assert.Equal(0, WaitersOf("requests"));
        revoked.Set();
        await serving;
        Assert.Contains("taken away", Assert.IsType<InvalidOperationException>(end).Message, StringComparison.Ordinal);

        int WaitersOf(string name) => new SystemObserver(system, "observed").Look().Objects.Single(item => item.Name == name).Waiting.Length;
    }

    [Fact]
    public async Task Revoke_OfWhatAnOpeningWaitsAt_EndsThat()
    {
        EndpointDefinition requests = _builder.AddEndpoint("requests");
        await using RunningSystem system = await StartWithIdleAsync();
        await system.Host.GrantAsync("server", requests, Client, cancellationToken: Cancelled);
        Task<ulong> call = BadgeAsync(system.Host.Endpoint("server"));
        await Eventually.HoldsAsync(() => Waiters() == 1, () => "The host does not call.");

        await system.Host.RevokeAsync("server");

        Assert.Equal(0, Waiters());
        Exception? end = await Record.ExceptionAsync(() => call.WaitAsync(s_limit, Cancelled));
        Assert.IsAssignableFrom<Rel4Exception>(end);

        int Waiters() => new SystemObserver(system, "observed").Look().Objects.Single(item => item.Name == "requests").Waiting.Length;
    }

    /// <summary>More often than a process can receive from endpoints, or has threads and receivers to spare.</summary>
    [Fact]
    public async Task RevokeAndGrant_OfWhatTheHostWaitsFor_AgainAndAgain_LeavesNothingBehind()
    {
        EndpointDefinition requests = _builder.AddEndpoint("requests");
        NotificationDefinition bell = _builder.AddNotification("bell");
        _builder.Host.Grant("ring", bell, CapRights.Write, badge: 2);
        await using RunningSystem system = await StartWithIdleAsync();
        for (int round = 0; round < 70; round++)
        {
            await system.Host.GrantAsync("requests", requests, Server, cancellationToken: Cancelled);
            await system.Host.GrantAsync("bell", bell, CapRights.Read, cancellationToken: Cancelled);
            await system.Host.GrantAsync("server", requests, Client, cancellationToken: Cancelled);
            NotificationCap waited = system.Host.Notification("bell");
            Task<ulong> signalled = waited.WaitAsync(Cancelled).AsTask();
            Task serving = OnThreadAsync(() => system.Host.Run(async () =>
            {
                try
                {
                    await foreach (IpcRequest request in system.Host.Endpoint("requests").ReceiveAllAsync())
                        await request.ReplyAsync(1, BitConverter.GetBytes(7ul));
                }
                catch (InvalidOperationException)
                {
                    // It was taken away.
                }
            }));
            Assert.Equal(7ul, await BadgeAsync(system.Host.Endpoint("server")));
            system.Host.Notification("ring").SignalUser();
            Assert.Equal(2ul, await signalled.WaitAsync(s_limit, Cancelled));
            foreach (string name in new[] { "requests", "bell", "server" })
                await system.Host.RevokeAsync(name);
            await serving;
        }
    }

    /// <summary>With one slot for all, every grant lies where another was: whoever calls meanwhile reaches what its handle was for, or is refused.</summary>
    [Fact]
    public async Task Calls_WhileTheirCapabilitiesAreRevokedAndTheSlotIsAnothers_ReachNoOtherObject()
    {
        EndpointDefinition[] objects = [_builder.AddEndpoint("first"), _builder.AddEndpoint("second")];
        Array.ForEach(objects, item => _builder.AddTask($"{item.Name}.server", HostPrograms.Serve).Grant("requests", item, Server));
        await using RunningSystem system = await StartAsync();
        await FillSlotsAsync(system, objects[0]);
        using var stop = new CancellationTokenSource();
        object current = (default(EndpointCap), 0ul);
        int answered = 0, refused = 0;
        Task[] callers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(CallAsync))];

        for (int round = 0; round < 60; round++)
        {
            ulong badge = (ulong)round + 100;
            await system.Host.GrantAsync("server", objects[round % 2], Client, badge, Cancelled);
            Volatile.Write(ref current, (system.Host.Endpoint("server"), badge));
            int before = Volatile.Read(ref answered);
            if (round % 3 == 0)
                await Eventually.HoldsAsync(() => Volatile.Read(ref answered) > before, () => $"Nobody is answered in round {round}.");
            await system.Host.RevokeAsync("server");
        }

        await stop.CancelAsync();
        await Task.WhenAll(callers).WaitAsync(s_limit, Cancelled);
        Assert.True(refused > 0);

        async Task CallAsync()
        {
            while (!stop.IsCancellationRequested)
            {
                (EndpointCap handle, ulong expected) = ((EndpointCap, ulong))Volatile.Read(ref current);
                try
                {
                    if (expected != 0)
                    {
                        Assert.Equal(expected, await BadgeAsync(handle));
                        Interlocked.Increment(ref answered);
                    }
                }
                catch (Exception end) when (end is InvalidOperationException or ChannelEndedException)
                {
                    Interlocked.Increment(ref refused);
                    await Task.Yield();
                }
            }
        }
    }

    [Fact]
    public async Task Frame_GrantedToTheHost_IsMappedAndSharedWithATask()
    {
        FrameDefinition page = _builder.AddFrame("page");
        _builder.Host.Grant("page", page, CapRights.ReadWrite);
        _builder.AddTask("task", HostPrograms.IncrementPage).Grant("page", page, CapRights.ReadWrite);
        await using RunningSystem system = await StartAsync();

        using MappedFrame mapped = system.Host.MapFrame("page");
        await system.Completion.WaitAsync(s_limit, Cancelled);

        Assert.Equal((4096, 1), (mapped.Memory.Length, mapped.Memory[0]));
        mapped.Dispose();
        Assert.Throws<ObjectDisposedException>(() => mapped.Memory.Length);
        Assert.Contains("no endpoint 'page'. It has 'page' (frame)", Assert.Throws<InvalidOperationException>(() => system.Host.Endpoint("page")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("server", CapRights.Write, "the name of more than one capability")]
    [InlineData("other", CapRights.GrantReply, "GrantReply serves who may send")]
    [InlineData("no name", CapRights.Write, "can't be the name of a capability")]
    public async Task Grant_ThatMakesNoSense_IsRefused(string name, CapRights rights, string message)
    {
        EndpointDefinition requests = _builder.AddEndpoint("requests");
        _builder.AddTask("task", HostPrograms.Idle);
        _builder.Host.Grant("server", requests, Client);
        await using RunningSystem system = await StartAsync();

        SystemDefinitionException refused = await Assert.ThrowsAsync<SystemDefinitionException>(() => system.Host.GrantAsync(name, requests, rights, cancellationToken: Cancelled));

        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(() => system.Host.RevokeAsync("absent"));
        Assert.Equal(["server"], system.Host.Grants.Select(grant => grant.Name));
    }

    [Fact]
    public async Task Grant_OfAStoppedSystem_IsRefused()
    {
        RunningSystem system = await StartWithIdleAsync();
        await system.DisposeAsync();

        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(
            () => system.Host.GrantAsync("late", new EndpointDefinition("late"), Client, cancellationToken: Cancelled));

        Assert.Contains("the system stops", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Task_CalledAsTheHostIs_IsRefusedWhereThatTakesPart()
    {
        EndpointDefinition requests = _builder.AddEndpoint("requests");
        _builder.AddTask("host", HostPrograms.Idle);
        await using (RunningSystem system = await StartAsync())
        {
            SystemDefinitionException late = await Assert.ThrowsAsync<SystemDefinitionException>(() => system.Host.GrantAsync("server", requests, Client, cancellationToken: Cancelled));
            Assert.Contains("what the composing process is called", late.Message, StringComparison.Ordinal);
        }

        _builder.Host.Grant("server", requests, Client);
        Assert.Contains("what the composing process is called", Assert.Throws<SystemDefinitionException>(_builder.Build).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GrantHost_OfATaskThatIsThereFromTheStart_IsRefused()
    {
        EndpointDefinition requests = _builder.AddEndpoint("requests");
        _builder.AddTask("task", HostPrograms.Idle).GrantHost("task", requests, Client);

        Assert.Contains("Grant it by SystemBuilder.Host", Assert.Throws<SystemDefinitionException>(_builder.Build).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Look_AtASystemThatTheHostTakesPartIn_ShowsItWithWhatItHolds()
    {
        await using RunningSystem system = await StartWithIdleAsync();
        await AddPluginAsync(system);
        _ = await BadgeAsync(system.Host.Endpoint("plugin"));

        ObservedSystem own = (await ObservedSystem.FindAllAsync(Cancelled)).Single(other => other.ProcessId == Environment.ProcessId);
        SystemSnapshot shown = (await own.LookAsync(Cancelled))!;

        TaskSnapshot host = shown.Tasks.Single(task => task.IsHost);
        Assert.Equal(("host", (int?)Environment.ProcessId), (host.Name, host.ProcessId));
        Assert.NotEmpty(host.Threads);
        HoldingSnapshot held = Assert.Single(shown.Holdings, holding => holding.Task == "host");
        Assert.Equal(("plugin", "plugin.calls", 1ul), (held.Grant, held.Object, held.Badge));
        Assert.Contains(shown.Channels, channel => (channel.Task, channel.Peer) == ("host", "plugin"));
        Assert.Contains(shown.Channels, channel => (channel.Task, channel.Peer) == ("plugin", "host"));
    }

    /// <summary>Leaves the host one slot for what it is granted.</summary>
    private static async Task FillSlotsAsync(RunningSystem system, EndpointDefinition item)
    {
        TaskManifest manifest = system.Host.Plan!.Manifest;
        for (ulong slot = manifest.FirstFree; slot < manifest.FirstRuntimeSlot - 1; slot++)
            await system.Host.GrantAsync($"filler{slot}", item, CapRights.Write, badge: 1, Cancelled);
    }

    private static Task<RunningTask> AddPluginAsync(RunningSystem system)
    {
        var calls = new EndpointDefinition("plugin.calls");
        return system.AddTaskAsync("plugin", HostPrograms.Serve, task => task.Owns(calls).Grant("requests", calls, Server).GrantHost("plugin", calls, Client), Cancelled);
    }

    private static async Task<ulong> BadgeAsync(EndpointCap server)
    {
        using IpcResponse answer = await server.CallAsync(HostPrograms.Badge, default, s_limit, Cancelled);
        return BitConverter.ToUInt64(answer.Payload);
    }

    private static Task OnThreadAsync(Action body) =>
        Task.Factory.StartNew(body, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).WaitAsync(s_limit, Cancelled);

    private Task<RunningSystem> StartWithIdleAsync()
    {
        _builder.AddTask("idle", HostPrograms.Idle);
        return StartAsync();
    }

    private Task<RunningSystem> StartAsync() =>
        _builder.StartAsync(new SupervisionOptions { Output = _output, GracePeriod = TimeSpan.FromMilliseconds(100) }, Cancelled);
}
