using System.Diagnostics;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Host;

/// <summary>Can the process that composes a system call and serve in it as a task does, and another system after it?</summary>
[Collection(nameof(OneKernel))]
public sealed class HostTests
{
    private const CapRights Client = CapRights.Write | CapRights.Grant, Server = CapRights.Read | CapRights.Grant;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly Recorder _output = new();
    private readonly SystemBuilder _builder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Call_OfATasksEndpoint_IsAnsweredOnAnyThread()
    {
        AddServer();
        await using RunningSystem system = await StartAsync();

        EndpointCap server = TaskContext.Endpoint("server");
        byte[][] sent = [.. Enumerable.Range(0, 64).Select(i => new byte[1 << (i % 17)]).Select((bytes, i) => { bytes[0] = (byte)i; return bytes; })];
        byte[][] answers = await Task.WhenAll(sent.Select(bytes => Task.Run(async () =>
        {
            using IpcResponse answer = await server.CallAsync(1, bytes, Cancelled);
            return answer.Payload.ToArray();
        })));

        Assert.Equal(sent, answers);
    }

    [Fact]
    public async Task Call_ByAnExecutorOfTheHosts_IsAnswered()
    {
        AddServer();
        await using RunningSystem system = await StartAsync();

        byte first = 0;
        await OnThreadAsync(() => ReL4.Run(async () =>
        {
            for (int i = 0; i < 1000; i++)
            {
                using IpcResponse answer = await TaskContext.Endpoint("server").CallAsync(1, "x"u8.ToArray());
                first = answer.Payload[0];
            }
        }));

        Assert.Equal((byte)'x', first);
    }

    [Theory]
    [InlineData(7ul, 7ul)]
    [InlineData(0ul, 2ul)]
    public async Task Call_WithABadgeOrOneThatTheSystemChooses_ShowsThatToTheServer(ulong given, ulong seen)
    {
        EndpointDefinition requests = AddServer(badge: given);
        _builder.AddTask("other", HostPrograms.Idle).Grant("server", requests, Client);
        await using RunningSystem system = await StartAsync();

        using IpcResponse answer = await TaskContext.Endpoint("server").CallAsync(HostPrograms.Badge, default, Cancelled);

        // The other task has the first number that is free.
        Assert.Equal(seen, BitConverter.ToUInt64(answer.Payload));
    }

    [Fact]
    public async Task Receive_OnAThreadOfItsOwn_ServesTasksByChannelsAndBySystemCalls()
    {
        EndpointDefinition host = _builder.AddEndpoint("host");
        _builder.Host.Grant("requests", host, Server);
        _builder.AddTask("first", HostPrograms.CallHost).Grant("host", host, Client, badge: 11);
        _builder.AddTask("second", HostPrograms.CallHostSynchronously).Grant("host", host, CapRights.Write | CapRights.GrantReply, badge: 12);
        RunningSystem system = await StartAsync();
        Task<Exception?> served = ServeAsync();

        await system.Completion.WaitAsync(s_limit, Cancelled);
        await system.DisposeAsync();

        Assert.Equal(["answer 1 11", "answer 2 11", "answer 3 11", "answer 5 42"], _output.Output.Order(StringComparer.Ordinal));
        // Who receives is told that the system has stopped.
        Assert.IsType<KernelEndedException>(await served.WaitAsync(s_limit, Cancelled));
    }

    [Fact]
    public async Task Signal_BothWays_Arrives()
    {
        NotificationDefinition gate = _builder.AddNotification("gate"), done = _builder.AddNotification("done");
        _builder.Host.Grant("gate", gate, CapRights.Write, badge: 4).Grant("done", done, CapRights.Read);
        _builder.AddTask("task", HostPrograms.Signal).Grant("gate", gate, CapRights.Read).Grant("done", done, CapRights.Write, badge: 2);
        await using RunningSystem system = await StartAsync();

        TaskContext.Notification("gate").SignalUser();
        ulong word = await TaskContext.Notification("done").WaitAsync(Cancelled).AsTask().WaitAsync(s_limit, Cancelled);

        Assert.Equal(2ul, word);
        await _output.WaitForAsync("word 4");
    }

    [Fact]
    public async Task Call_WhoseTaskIsKilled_FailsAsTheChannelIsClosed_AndTheNextIsAnswered()
    {
        AddServer(restart: RestartPolicy.Always);
        await using RunningSystem system = await StartAsync();
        EndpointCap server = TaskContext.Endpoint("server");
        Task<IpcResponse> held = server.CallAsync(HostPrograms.Hold, default, Cancelled).AsTask();
        await _output.WaitForAsync("holds");

        Kill(system["server"]);

        ChannelEndedException closed = await Assert.ThrowsAsync<ChannelEndedException>(() => held.WaitAsync(s_limit, Cancelled));
        Assert.Contains("server", closed.Message, StringComparison.Ordinal);
        using IpcResponse answer = await server.CallAsync(1, "again"u8.ToArray(), Cancelled).AsTask().WaitAsync(s_limit, Cancelled);
        Assert.True(answer.Payload.SequenceEqual("again"u8));
    }

    [Fact]
    public async Task Stop_WhileCallsAndWaitsAreUnderWay_EndsAllOfThem()
    {
        EndpointDefinition nobody = _builder.AddEndpoint("nobody");
        NotificationDefinition silent = _builder.AddNotification("silent");
        AddServer();
        _builder.Host.Grant("nobody", nobody, Client).Grant("silent", silent, CapRights.Read);
        RunningSystem system = await StartAsync();
        EndpointCap server = TaskContext.Endpoint("server");
        Task held = server.CallAsync(HostPrograms.Hold, default, Cancelled).AsTask();
        Task unheard = TaskContext.Endpoint("nobody").CallAsync(1, default, Cancelled).AsTask();
        Task unsignalled = TaskContext.Notification("silent").WaitAsync(Cancelled).AsTask();
        Task<int>[] busy = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(() => CallUntilItFailsAsync(server)))];
        await _output.WaitForAsync("holds");

        await system.DisposeAsync().AsTask().WaitAsync(s_limit, Cancelled);

        await Assert.ThrowsAsync<ChannelEndedException>(() => held.WaitAsync(s_limit, Cancelled));
        await Assert.ThrowsAsync<ChannelEndedException>(() => unheard.WaitAsync(s_limit, Cancelled));
        await Assert.ThrowsAsync<KernelEndedException>(() => unsignalled.WaitAsync(s_limit, Cancelled));
        await Task.WhenAll(busy).WaitAsync(s_limit, Cancelled);
        Assert.False(TaskContext.IsAvailable);
        InvalidOperationException refused = Assert.Throws<InvalidOperationException>(() => { _ = server.CallAsync(1, default, Cancelled); });
        Assert.Contains("SystemBuilder.Host", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_OfOneSystemAfterAnother_LetsTheHostTakePartInEachAndLeavesNothingBehind()
    {
        AddServer();
        await RunOnceAsync();
        await RunOnceAsync();
        await HasNoThreadsAsync();
        int descriptors = Descriptors();

        for (int i = 0; i < 5; i++)
            await RunOnceAsync();

        await HasNoThreadsAsync();
        Assert.Equal(descriptors, Descriptors());

        async Task RunOnceAsync()
        {
            await using RunningSystem system = await StartAsync();
            using IpcResponse answer = await TaskContext.Endpoint("server").CallAsync(1, "hello"u8.ToArray(), Cancelled);
            Assert.True(answer.Payload.SequenceEqual("hello"u8));
        }
    }

    [Fact]
    public async Task Call_ByASystemCall_IsRefusedAndSaysWhatToUse()
    {
        AddServer();
        await using RunningSystem system = await StartAsync();
        EndpointCap server = TaskContext.Endpoint("server");

        InvalidOperationException refused = Assert.Throws<InvalidOperationException>(() => { _ = server.Call(1); });

        Assert.Contains("CallAsync", refused.Message, StringComparison.Ordinal);
        Assert.Contains("process that composes the system", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endpoint_ThatTheHostWasNotGranted_SaysWhatItHas()
    {
        AddServer();
        await using RunningSystem system = await StartAsync();

        InvalidOperationException refused = Assert.Throws<InvalidOperationException>(() => TaskContext.Endpoint("other"));

        Assert.Contains("'host' was granted no endpoint 'other'. It has 'server' (endpoint)", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithoutAGrantToTheHost_LeavesItOutside()
    {
        _builder.AddTask("task", HostPrograms.Idle);
        await using RunningSystem system = await StartAsync();

        Assert.False(TaskContext.IsAvailable);
    }

    private EndpointDefinition AddServer(ulong badge = 1, RestartPolicy? restart = null)
    {
        EndpointDefinition requests = _builder.AddEndpoint("requests");
        _builder.AddTask("server", HostPrograms.Serve).Grant("requests", requests, Server).Restart(restart ?? RestartPolicy.Never);
        _builder.Host.Grant("server", requests, Client, badge);
        return requests;
    }

    private Task<RunningSystem> StartAsync() =>
        _builder.StartAsync(new SupervisionOptions { Output = _output, GracePeriod = TimeSpan.FromMilliseconds(500) }, Cancelled);

    /// <summary>Serves 'requests': answers a call by channel with its byte and the badge, a system call with twice its word.</summary>
    /// <returns>What ended it.</returns>
    private static async Task<Exception?> ServeAsync()
    {
        try
        {
            await OnThreadAsync(() => ReL4.Run(async () =>
            {
                await foreach (IpcRequest request in TaskContext.Endpoint("requests").ReceiveAllAsync())
                {
                    if (request.Badge == 11)
                        await request.ReplyAsync(1, [request.Payload[0], (byte)request.Badge]);
                    else
                        await request.ReplyAsync(request.Label, BitConverter.GetBytes(2 * BitConverter.ToUInt64(request.Payload)));
                }
            }));
            return null;
        }
        catch (Exception end)
        {
            return end;
        }
    }

    private static async Task<int> CallUntilItFailsAsync(EndpointCap server)
    {
        for (int calls = 0; ; calls++)
        {
            try
            {
                using IpcResponse answer = await server.CallAsync(1, new byte[100]);
            }
            catch (Exception end) when (end is ChannelEndedException or KernelEndedException or InvalidOperationException or ChannelRefusedException)
            {
                if (!TaskContext.IsAvailable)
                    return calls;
            }
        }
    }

    private static Task OnThreadAsync(Action body) => Task.Factory.StartNew(body, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static void Kill(RunningTask task)
    {
        using Process process = Process.GetProcessById(task.ProcessId!.Value);
        process.Kill();
    }

    private static int Descriptors() => UserInterrupts.ProcessResources.OpenDescriptors;

    /// <summary>Waits until all threads of systems that have stopped are gone: some are told to end, and not waited for.</summary>
    private static Task HasNoThreadsAsync() => Eventually.HoldsAsync(() => RuntimeThreads() == 0, () => $"{RuntimeThreads()} threads are left");

    private static int RuntimeThreads() => Directory.GetDirectories("/proc/self/task").Count(IsRuntimes);

    private static bool IsRuntimes(string thread)
    {
        try
        {
            return File.ReadAllText($"{thread}/comm").StartsWith("reL4", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return false;
        }
    }
}
