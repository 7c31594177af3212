using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Sandbox;
using Rel4.Hosted.Supervision;

namespace Rel4.Hosted.Tests.Composition;

/// <summary>Tests what can be composed, and what is said about what can't.</summary>
public sealed class SystemBuilderTests
{
    private readonly SystemBuilder _builder = new();

    [Fact]
    public void Build_OfAValidSystem_HoldsWhatWasAdded()
    {
        EndpointDefinition requests = _builder.AddEndpoint("requests");
        _builder.AddTask("gateway", "gateway.dll", "-v").Grant("store", requests, CapRights.Write | CapRights.GrantReply, badge: 1)
            .StartAfter("store").Restart(RestartPolicy.OnFailure).Environment("A", "b").GrantMemory("heap", 20);
        _builder.AddTask("store", Entry).Grant("requests", requests, CapRights.Read);

        SystemDefinition system = _builder.Build();

        Assert.Equal([requests], system.Objects);
        Assert.Equal(["store", "gateway"], system.Tasks.Select(task => task.Name));
        TaskDefinition gateway = system.Tasks[1];
        Assert.Equal(Path.GetFullPath("gateway.dll"), gateway.Program.Path);
        Assert.Equal(["-v"], gateway.Program.Arguments);
        Assert.Equal([new GrantDefinition("store", requests, CapRights.Write | CapRights.GrantReply, 1)], gateway.Grants);
        Assert.Equal([new MemoryDefinition("heap", 20)], gateway.Memory);
        Assert.Equal("b", gateway.Environment["A"]);
        Assert.Equal(
            new TaskMethod("Rel4.Hosted.Tests", "Rel4.Hosted.Tests.Composition.SystemBuilderTests", nameof(Entry)),
            system.Tasks[0].Program.Method);
    }

    [Fact]
    public void Build_SendersWithoutBadges_GivesEachOneOfItsOwn()
    {
        EndpointDefinition first = _builder.AddEndpoint("first"), second = _builder.AddEndpoint("second");
        _builder.AddTask("late", "program").Grant("a", first, CapRights.Write).Grant("b", first, CapRights.Write).Grant("c", second, CapRights.Write).StartAfter("given");
        _builder.AddTask("given", "program").Grant("a", first, CapRights.Write, badge: 2).Grant("b", first, CapRights.Write | CapRights.GrantReply);
        _builder.AddTask("receiver", "program").Grant("a", first, CapRights.Read).Grant("b", first, CapRights.ReadWrite).Grant("c", second, CapRights.ReadWrite, badge: 7);

        SystemDefinition system = _builder.Build();

        Assert.Equal([1, 3, 1], BadgesOf("late"));
        Assert.Equal([2, 4], BadgesOf("given"));
        Assert.Equal([0, 0, 7], BadgesOf("receiver"));

        IEnumerable<ulong> BadgesOf(string name) => system.Tasks.Single(task => task.Name == name).Grants.Select(grant => grant.Badge);
    }

    [Fact]
    public void Build_BeforeALaterChange_IsNotChangedByIt()
    {
        TaskBuilder task = _builder.AddTask("task", "program");
        SystemDefinition system = _builder.Build();

        task.Environment("A", "b");
        _builder.AddEndpoint("late");

        Assert.Empty(system.Tasks[0].Environment);
        Assert.Empty(system.Objects);
    }

    [Fact]
    public void AddTask_WithALambdaExpression_SaysWhatToGive()
    {
        int captured = 0;
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => _builder.AddTask("task", () => captured++));

        Assert.Contains("Give a static method", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Build_WithoutATask_IsRefused() => AssertRefused("the system: it has no task. Add one.");

    [Theory]
    [InlineData("")]
    [InlineData("1st")]
    [InlineData("a|b")]
    [InlineData("a,b")]
    [InlineData("a b")]
    [InlineData("a\n")]
    public void Build_WithANameThatIsNone_IsRefused(string name)
    {
        _builder.AddTask(name, "program");

        AssertRefused($"'{PrintableText.Of(name)}' can't be the name of a task");
    }

    [Fact]
    public void Build_WithLimitsBelowOne_NamesThem()
    {
        // What is negative would be a limit that is none: Linux takes it for the largest number.
        _builder.AddTask("a", "program").Sandbox(new SandboxPolicy { OpenDescriptors = -1, Threads = 0, ReadablePaths = ["/a\0b"] });

        AssertRefused(
            "task 'a', sandbox: -1 open descriptors can't be", "task 'a', sandbox: 0 threads can't be", "task 'a', sandbox: '/a\u2400b' is no path");
    }

    [Fact]
    public void Build_WithANulInWhatLinuxIsHanded_NamesIt()
    {
        _builder.AddTask("a", new TaskProgram("/p\0") { Arguments = ["x\0y"], Method = new TaskMethod("a", "t|u", "n") }).Environment("V", "\0");

        AssertRefused(
            "task 'a', program: '/p\u2400' is no path", "an argument has a NUL in it", "t|u.n (a) is no method",
            "the value of the environment variable 'V' has a NUL in it");
    }

    [Fact]
    public void Build_WithNamesTwice_NamesThem()
    {
        EndpointDefinition endpoint = _builder.AddEndpoint("object");
        _builder.AddNotification("object");
        _builder.AddTask("task", "program");
        _builder.AddTask("task", "program").Grant("grant", endpoint, CapRights.Read).GrantMemory("grant", 12);

        AssertRefused(
            "the system: 'object' is the name of more than one object",
            "the system: 'task' is the name of more than one task",
            "task 'task': 'grant' is the name of more than one capability");
    }

    [Fact]
    public void Build_WithAnObjectOfAnotherSystem_IsRefused()
    {
        _builder.AddEndpoint("here");
        _builder.AddTask("task", "program").Grant("grant", new SystemBuilder().AddEndpoint("there"), CapRights.Read);

        AssertRefused("task 'task', grant 'grant': the system has no endpoint 'there'. Add it, or name one of 'here'.");
    }

    [Theory]
    [InlineData(CapRights.None, 0, "it gives no rights")]
    [InlineData(CapRights.Read | CapRights.GrantReply, 0, "GrantReply serves who may send")]
    [InlineData(CapRights.Read, 1, "a badge marks messages")]
    public void Grant_OfAnEndpointWithSenselessRights_IsRefused(CapRights rights, ulong badge, string message)
    {
        _builder.AddTask("task", "program").Grant("grant", _builder.AddEndpoint("object"), rights, badge);

        AssertRefused($"task 'task', grant 'grant': {message}");
    }

    [Theory]
    [InlineData(CapRights.Read | CapRights.Grant, 0, "nothing can be granted through a notification")]
    [InlineData(CapRights.Write, 0, "a signal is the badge's bits")]
    [InlineData(CapRights.Read, 1, "a badge is what a signal sets")]
    public void Grant_OfANotificationWithSenselessRights_IsRefused(CapRights rights, ulong badge, string message)
    {
        _builder.AddTask("task", "program").Grant("grant", _builder.AddNotification("object"), rights, badge);

        AssertRefused($"task 'task', grant 'grant': {message}");
    }

    [Theory]
    [InlineData(CapRights.All, 0, "nothing can be granted through a frame")]
    [InlineData(CapRights.Write, 0, "a frame that can't be read can't be mapped")]
    [InlineData(CapRights.Read, 1, "a frame has no badge")]
    public void Grant_OfAFrameWithSenselessRights_IsRefused(CapRights rights, ulong badge, string message)
    {
        _builder.AddTask("task", "program").Grant("grant", _builder.AddFrame("object"), rights, badge);

        AssertRefused($"task 'task', grant 'grant': {message}");
    }

    [Fact]
    public void Build_WithTasksThatWaitForEachOther_ShowsTheCycle()
    {
        _builder.AddTask("a", "program").StartAfter("b");
        _builder.AddTask("b", "program").StartAfter("c");
        _builder.AddTask("c", "program").StartAfter("b");

        AssertRefused("start order: tasks wait for each other: 'b' starts after 'c' starts after 'b'");
    }

    [Fact]
    public void Build_WithAnUnknownTaskInTheOrder_IsRefused()
    {
        _builder.AddTask("a", "program").StartAfter("nobody");

        AssertRefused("task 'a': it starts after 'nobody', which is no task. Name one of 'a'.");
    }

    [Theory]
    [InlineData("REL4_SOCKET", "is reL4's own")]
    [InlineData("REL4_TASK", "is reL4's own")]
    [InlineData("DOTNET_STARTUP_HOOKS", "is reL4's own")]
    [InlineData("A=B", "can't be the name")]
    public void Build_WithAVariableThatCantBe_IsRefused(string variable, string message)
    {
        _builder.AddTask("task", "program").Environment(variable, "x");

        AssertRefused(message);
    }

    [Fact]
    public void Build_WithSizesThatCantBe_IsRefused()
    {
        _builder.Kernel = new HostedKernelOptions(MemoryBits: 64, RootCNodeBits: 40);
        _builder.AddTask("small", "program").CNodeBits(4).GrantMemory("heap", 3).AsyncMemory(60);

        AssertRefused(
            "2^64 bytes of object memory can't be", "2^40 slots of the root task's CNode can't be",
            "task 'small', memory 'heap': 2^3 bytes can't be",
            "task 'small', memory for asynchronous IPC: 2^60 bytes can't be", "task 'small': 2^4 slots of its CNode do not hold the 18 that it needs, or are too many. Give 5 to 20 bits.");
    }

    [Theory]
    [InlineData(10, "2^10 bytes can't be. Give 22 to 47 bits: the least holds one channel; 0 is for none.")]
    [InlineData(21, "2^21 bytes can't be.")]
    public void Build_WithRuntimeMemoryThatHoldsNoChannel_IsRefused(int bits, string message)
    {
        _builder.AddTask("task", "program").AsyncMemory(bits);

        AssertRefused($"task 'task', memory for asynchronous IPC: {message}");
    }

    [Fact]
    public void Add_OfNull_ThrowsAtOnceWithTheArgumentsName()
    {
        TaskBuilder task = _builder.AddTask("task", "program");
        (string Argument, Action Add)[] mistakes =
        [
            ("name", () => _builder.AddEndpoint(null!)), ("name", () => _builder.AddNotification(null!)), ("name", () => _builder.AddFrame(null!)),
            ("name", () => _builder.AddTask(null!, "program")), ("path", () => _builder.AddTask("a", (string)null!)),
            ("arguments", () => _builder.AddTask("a", "program", "x", null!)), ("program", () => _builder.AddTask("a", (TaskProgram)null!)),
            ("method", () => _builder.AddTask("a", (Action)null!)), ("method", () => _builder.AddTask("a", (Func<int>)null!)),
            ("value", () => _builder.Kernel = null!),
            ("name", () => task.Grant(null!, new EndpointDefinition("e"), CapRights.Read)), ("definition", () => task.Grant("e", null!, CapRights.Read)),
            ("name", () => task.GrantMemory(null!, 20)), ("tasks", () => task.StartAfter("a", null!)), ("policy", () => task.Restart(null!)),
            ("variable", () => task.Environment(null!, "")), ("value", () => task.Environment("A", null!)), ("policy", () => task.Sandbox(null!)),
        ];

        Assert.All(mistakes, mistake => Assert.Throws<ArgumentNullException>(mistake.Argument, mistake.Add));
    }

    [Fact]
    public void Build_WithARestartThatCantBe_IsRefused()
    {
        _builder.AddTask("task", "program").Restart(RestartPolicy.Always with
        {
            FirstDelay = TimeSpan.FromDays(1),
            Factor = 0.5,
            HealthyAfter = TimeSpan.FromSeconds(-1),
            Limit = -1,
        });

        AssertRefused("the longest delay is below the first", "by the factor 0.5", "healthy is below 0", "-1 restarts can't be");
    }

    [Fact]
    public void Build_WithAHost_GivesItABadgeThatNoTaskHas()
    {
        EndpointDefinition requests = _builder.AddEndpoint("requests");
        _builder.AddTask("first", "program").Grant("a", requests, CapRights.Write);
        _builder.AddTask("second", "program").Grant("a", requests, CapRights.Write, badge: 2);
        _builder.Host.Grant("a", requests, CapRights.Write);

        Assert.Equal(3ul, Assert.Single(_builder.Build().Host!.Grants).Badge);
    }

    [Fact]
    public void Build_WithoutGrantsToTheHost_HasNone()
    {
        _builder.AddTask("task", "program");

        Assert.Null(_builder.Build().Host);
    }

    [Fact]
    public void Build_WithSenselessGrantsToTheHost_IsRefused()
    {
        _builder.AddTask("task", "program");
        _builder.Host.AsyncMemory(12).Grant("same", _builder.AddFrame("frame"), CapRights.Read)
            .Grant("same", _builder.AddEndpoint("requests"), CapRights.Read, badge: 1).Grant("lost", new EndpointDefinition("lost"), CapRights.Read);

        AssertRefused("'same' is the name of more than one capability", "a badge marks messages", "no endpoint 'lost'", "2^12 bytes can't be");
    }

    private static void Entry()
    {
    }

    private void AssertRefused(params string[] messages)
    {
        SystemDefinitionException refusal = Assert.Throws<SystemDefinitionException>(_builder.Build);

        Assert.Equal(messages.Length, refusal.Problems.Length);
        Assert.All(messages, message => Assert.Contains(message, refusal.Message, StringComparison.Ordinal));
    }
}
