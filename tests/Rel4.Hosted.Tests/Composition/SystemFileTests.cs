using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Sandbox;

namespace Rel4.Hosted.Tests.Composition;

/// <summary>Tests systems in JSON.</summary>
public sealed class SystemFileTests
{
    private const string Example = """
        {
          "$schema": "../docs/system.schema.json", // comments are allowed
          "kernel": { "memoryBits": 26 },
          "endpoints": ["requests"],
          "notifications": ["writes"],
          "frames": { "ring": "2MiB" },
          "tasks": {
            "gateway": {
              "program": "bin/gateway.dll",
              "arguments": ["-v"],
              "grants": {
                "store": { "object": "requests", "rights": ["write", "grantReply"], "badge": 1 },
                "ring": { "object": "ring", "rights": ["read"] }
              },
              "memory": { "heap": 20 },
              "asyncMemoryBits": 22,
              "startAfter": ["store"],
              "optional": true,
              "watch": { "seconds": 2.5, "kill": true },
              "environment": { "A": "b" },
              "contentRoot": "web",
              "sandbox": { "sockets": ["internet"], "readable": ["data"], "openDescriptors": 99, "require": ["ownUsers", "confinedFiles"] },
              "limits": { "memoryBytes": 67108864, "processors": 0.5, "threads": 80, "required": true },
              "debug": { "wait": true },
              "cNodeBits": 11
            },
            "store": {
              "program": "/opt/store",
              "method": { "assembly": "Store", "type": "Store.Program", "name": "Run" },
              "grants": { "writes": { "object": "writes", "rights": ["read"] } },
              "restart": {
                "when": "always", "firstDelaySeconds": 0.5, "factor": 3, "longestDelaySeconds": 60, "healthyAfterSeconds": 5, "limit": 9
              },
            }
          }
        }
        """;

    [Fact]
    public void Parse_OfAllThereIs_MakesTheSameModel()
    {
        SystemDefinition system = SystemFile.Parse(Example, "/srv");

        Assert.Equal(26, system.Kernel.MemoryBits);
        Assert.Equal(
            [new EndpointDefinition("requests"), new NotificationDefinition("writes"), new FrameDefinition("ring", FrameSize.Large2M)],
            system.Objects);
        TaskDefinition store = system.Tasks[0], gateway = system.Tasks[1];
        Assert.Equal("/srv/bin/gateway.dll", gateway.Program.Path);
        Assert.Equal(["-v"], gateway.Program.Arguments);
        Assert.Equal(
            [
                new GrantDefinition("store", system.Objects[0], CapRights.Write | CapRights.GrantReply, 1),
                new GrantDefinition("ring", system.Objects[2], CapRights.Read),
            ],
            gateway.Grants);
        Assert.Equal([new MemoryDefinition("heap", 20)], gateway.Memory);
        Assert.Equal("b", gateway.Environment["A"]);
        Assert.Equal((11, TaskDefinition.DefaultCNodeBits), (gateway.CNodeBits, store.CNodeBits));
        Assert.Equal((22, TaskDefinition.DefaultAsyncMemoryBits), (gateway.AsyncMemoryBits, store.AsyncMemoryBits));
        Assert.Equal(SocketAccess.Internet, gateway.Sandbox.Sockets);
        Assert.Equal(["/srv/data", "/srv/web"], gateway.Sandbox.ReadablePaths);
        Assert.Equal("/srv/web", gateway.Environment["DOTNET_CONTENTROOT"]);
        Assert.Equal(SandboxLayers.OwnUsers | SandboxLayers.ConfinedFiles, gateway.Sandbox.RequiredLayers);
        Assert.Equal((99, 4096), (gateway.Sandbox.OpenDescriptors, store.Sandbox.OpenDescriptors));
        Assert.Equal(new TaskLimits { MemoryBytes = 64 << 20, Processors = 0.5, Threads = 80, IsRequired = true }, gateway.Limits);
        Assert.Equal((new DebugPolicy(WaitsForDebugger: true), TaskLimits.None, null), (gateway.Debug, store.Limits, store.Debug));
        Assert.Equal(RestartPolicy.Never, gateway.Restart);
        Assert.Equal((true, false), (gateway.IsOptional, store.IsOptional));
        Assert.Equal((new WatchPolicy(TimeSpan.FromSeconds(2.5), Kill: true), null), (gateway.Watch, store.Watch));
        Assert.Equal(new TaskMethod("Store", "Store.Program", "Run"), store.Program.Method);
        Assert.Equal(
            new RestartPolicy
            {
                When = RestartCondition.Always,
                FirstDelay = TimeSpan.FromSeconds(0.5),
                Factor = 3,
                LongestDelay = TimeSpan.FromMinutes(1),
                HealthyAfter = TimeSpan.FromSeconds(5),
                Limit = 9,
            },
            store.Restart);
    }

    [Theory]
    [InlineData("{", "system.json, line 1")]
    [InlineData("null", "system.json, line 1: null means nothing here")]
    [InlineData("{\n\"endpoints\": [null], \"tasks\": {} }", "system.json, line 2, $.endpoints[0]: null means nothing here")]
    [InlineData("""{ "endpoints": [] }""", "tasks")]
    [InlineData("""{ "tasks": { "a": { "program": "p" } }, "tusks": {} }""", "tusks")]
    [InlineData("""{ "tasks": { "a": { "program": "p" }, "a": { "program": "p" } } }""", "$.tasks.a")]
    [InlineData("""{ "tasks": { "a": { "program": 1 } } }""", "$.tasks.a.program")]
    [InlineData("""{ "tasks": { "a": { "program": "p", "restart": { "when": "sometimes" } } } }""", "$.tasks.a.restart.when")]
    public void Parse_OfWhatTheSchemaDoesNotAllow_SaysWhere(string json, string place)
    {
        SystemDefinitionException refusal = Assert.Throws<SystemDefinitionException>(() => SystemFile.Parse(json, "/", "system.json"));

        Assert.Contains(place, refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>What stands in a task's place, and the one line that says where it is wrong and what is allowed.</summary>
    [Theory]
    [InlineData("\"program\": \"a\\u0000b\"", "$.tasks.a.program: 'a\u2400b' has a NUL in it, where Linux ends a text. Leave it out.")]
    [InlineData("\"program\": \"\"", "task 'a', program: '' is no path. Name a .NET assembly (.dll) or an executable.")]
    [InlineData("\"program\": \"\\ud800\"", "$.tasks.a.program: a text has half of a character that is written in two (surrogates). Write both, or neither.")]
    [InlineData("\"program\": [\"p\"]", "$.tasks.a.program: a list ([...]) can't stand here. Give a text.")]
    [InlineData("\"program\": \"p\", \"asyncMemoryBits\": -1", "$.tasks.a.asyncMemoryBits: -1 can't be. Give a whole number, 0 or 22 to 47.")]
    [InlineData("\"program\": \"p\", \"asyncMemoryBits\": 10", "$.tasks.a.asyncMemoryBits: 10 can't be. Give a whole number, 0 or 22 to 47.")]
    [InlineData("\"program\": \"p\", \"memory\": { \"heap\": 3 }", "$.tasks.a.memory.heap: 3 can't be. Give a whole number, 4 to 47.")]
    [InlineData("\"program\": \"p\", \"cNodeBits\": 1.5", "$.tasks.a.cNodeBits: 1.5 can't be. Give a whole number, 4 to 20.")]
    [InlineData("\"program\": \"p\", \"cNodeBits\": 1e300", "$.tasks.a.cNodeBits: 1e300 can't be. Give a whole number, 4 to 20.")]
    [InlineData("\"program\": \"p\", \"optional\": \"yes\"", "$.tasks.a.optional: a text can't stand here. Give true or false.")]
    [InlineData("\"program\": \"p\", \"limits\": { \"memoryBytes\": 4096 }", "$.tasks.a.limits.memoryBytes: 4096 can't be. Give a whole number, 8388608 to 1152921504606846976.")]
    [InlineData("\"program\": \"p\", \"limits\": { \"processors\": 0 }", "task 'a', limits: 0 processors can't be. Give 0.01 or more: 0.5 is half of one.")]
    [InlineData("\"program\": \"p\", \"watch\": { \"kill\": true }", "$.tasks.a.watch: 'seconds' is missing. Add a number, 0 or more of that name.")]
    [InlineData("\"program\": \"p\", \"watch\": { \"seconds\": 0.05 }", "task 'a', watch: 0.05 s without a turn can't be watched for. Give 0.1 s to a day.")]
    [InlineData("\"program\": \"p\", \"limits\": { \"threads\": -8 }", "$.tasks.a.limits.threads: -8 can't be. Give a whole number, 1 to 4194304.")]
    [InlineData("\"program\": \"p\", \"sandbox\": { \"openDescriptors\": 0 }", "$.tasks.a.sandbox.openDescriptors: 0 can't be. Give a whole number, 1 to 2147483647.")]
    [InlineData("\"program\": \"p\", \"sandbox\": { \"sockets\": [\"ip\"] }", "$.tasks.a.sandbox.sockets[0]: 'ip' is not known here. Give internet or unix.")]
    [InlineData("\"program\": \"p\", \"restart\": { \"when\": \"sometimes\" }", "$.tasks.a.restart.when: 'sometimes' is not known here. Give never, onFailure or always.")]
    [InlineData("\"program\": \"p\", \"restart\": { \"when\": 1 }", "$.tasks.a.restart.when: a number can't stand here. Give never, onFailure or always.")]
    [InlineData("\"program\": \"p\", \"restart\": { \"when\": \"always\", \"limit\": -1 }", "$.tasks.a.restart.limit: -1 can't be. Give a whole number, 0 to 2147483647.")]
    [InlineData("\"program\": \"p\", \"restart\": { \"when\": \"always\", \"factor\": 1e999 }", "$.tasks.a.restart.factor: 1e999 can't be. Give a number, 1 to 2147483647.")]
    [InlineData("\"program\": \"p\", \"grants\": { \"g\": { \"object\": \"o\", \"rights\": [\"reed\"] } }", "$.tasks.a.grants.g.rights[0]: 'reed' is not known here. Give read, write, grant or grantReply.")]
    [InlineData("\"program\": \"p\", \"grants\": { \"g\": { \"rights\": [] } }", "$.tasks.a.grants.g: 'object' is missing. Add a text of that name.")]
    [InlineData("\"program\": \"p\", \"grants\": { \"g\": { \"object\": \"o\", \"rights\": [], \"badge\": 18446744073709551616 } }", "$.tasks.a.grants.g.badge: 18446744073709551616 can't be. Give a whole number, 0 to 18446744073709551615.")]
    [InlineData("\"program\": \"p\", \"method\": { \"assembly\": \"a|b\", \"type\": \"t\", \"name\": \"n\" }", "task 'a', program: t.n (a|b) is no method. Give the names of an assembly, of a type with its namespace, and of a static method.")]
    [InlineData("\"program\": \"p\", \"sand\\u202ebox\": {}", "$.tasks.a['sand<U+202E>box']: nothing is called 'sand<U+202E>box' here. Choose from program, arguments, method, grants, memory, asyncMemoryBits, startAfter, restart, optional, watch, environment, contentRoot, sandbox, limits, debug or cNodeBits.")]
    [InlineData("\"program\": \"p\", \"memory\": { \"m\\nstore | forged\": 20 }", "task 'a': 'm\u240astore | forged' can't be the name of a capability. Use up to 64 letters, digits, '-', '_' and '.', and begin with a letter.")]
    public void Parse_OfAMistakeInATask_SaysWhereAndWhatIsAllowedInOneLine(string members, string message)
    {
        SystemDefinitionException refusal = Assert.Throws<SystemDefinitionException>(
            () => SystemFile.Parse($"{{ \"tasks\": {{\n\"a\": {{ {members} }} }} }}", "/", "system.json"));

        Assert.Equal($"system.json, line 2, {message}", refusal.Message);
    }

    [Fact]
    public void Parse_OfManyMistakesOfTheSchema_TellsAllWithTheirLines()
    {
        const string Json = """
            {
              "tusks": { "a": [1] },
              "endpoints": [1, "e", "e\u0000"],
              "tasks": {
                "a": { "programm": "x", "cNodeBits": 99, "cNodeBits": [{}] },
                "b": { "program": ["p"], "restart": {} }
              }
            }
            """;

        SystemDefinitionException refusal = Assert.Throws<SystemDefinitionException>(() => SystemFile.Parse(Json, "/", "s"));

        Assert.Equal(
            [
                "s, line 2, $.tusks", "s, line 3, $.endpoints[0]", "s, line 3, $.endpoints[2]", "s, line 5, $.tasks.a.programm", "s, line 5, $.tasks.a.cNodeBits",
                "s, line 5, $.tasks.a.cNodeBits", "s, line 5, $.tasks.a", "s, line 6, $.tasks.b.program", "s, line 6, $.tasks.b.restart",
            ],
            refusal.Problems.Select(problem => problem.Where));
    }

    [Fact]
    public void Parse_OfManyMistakesOfMeaning_TellsAllWithTheirLines()
    {
        const string Json = """
            {
              "endpoints": ["e"],
              "tasks": {
                "a": {
                  "program": "p",
                  "grants": {
                    "x": { "object": "f", "rights": ["read"] },
                    "y": { "object": "e", "rights": ["grantReply"] }
                  },
                  "cNodeBits": 4,
                  "sandbox": { "readable": [""] },
                  "restart": { "when": "always", "firstDelaySeconds": 100 }
                },
                "b": {
                  "program": "",
                  "startAfter": ["c"]
                }
              }
            }
            """;

        SystemDefinitionException refusal = Assert.Throws<SystemDefinitionException>(() => SystemFile.Parse(Json, "/", "s"));

        Assert.Equal(
            [
                "s, line 7, task 'a', grant 'x'", "s, line 8, task 'a', grant 'y'", "s, line 4, task 'a'", "s, line 11, task 'a', sandbox",
                "s, line 12, task 'a', restart", "s, line 15, task 'b', program", "s, line 14, task 'b'",
            ],
            refusal.Problems.Select(problem => problem.Where));
    }

    [Fact]
    public void Parse_OfMoreMistakesThanAnybodyReads_StopsThere() => Assert.Equal(
        50,
        Assert.Throws<SystemDefinitionException>(
            () => SystemFile.Parse($"{{ \"endpoints\": [{string.Join(',', Enumerable.Repeat("1", 1000))}], \"tasks\": {{}} }}", "/")).Problems.Length);

    [Theory]
    [InlineData("")]
    [InlineData(" \n")]
    public void Parse_OfNothing_SaysSo(string json) => Assert.StartsWith(
        "system.json, line 1: it is empty. ",
        Assert.Throws<SystemDefinitionException>(() => SystemFile.Parse(json, "/", "system.json")).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("receivers", 65535)]
    [InlineData("memoryBits", 19)]
    public void Parse_OfAKernelThatCantBe_SaysWhatIsAllowed(string member, int value) => Assert.Contains(
        $"$.kernel.{member}: {value} can't be. Give a whole number, ",
        Assert.Throws<SystemDefinitionException>(
            () => SystemFile.Parse($"{{ \"kernel\": {{ \"{member}\": {value} }}, \"tasks\": {{ \"a\": {{ \"program\": \"p\" }} }} }}", "/")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Parse_OfATextThatLinuxPassesToNoProgram_ShowsItsPlaceOnly()
    {
        string json = $"{{ \"tasks\": {{ \"a\": {{ \"program\": \"p\", \"arguments\": [\"{new string('x', 1 << 20)}\"] }} }} }}";

        SystemDefinitionException refusal = Assert.Throws<SystemDefinitionException>(() => SystemFile.Parse(json, "/", "system.json"));

        Assert.Equal(
            "system.json, line 1, $.tasks.a.arguments[0]: the text has more than 131071 bytes, and Linux passes no more to a program. Shorten it.",
            refusal.Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Parse_OfManyTasksOneAfterAnother_NeedsNoStackForThem(bool isCycle)
    {
        const int Count = 20_000;
        string tasks = string.Join(", ", Enumerable.Range(0, Count).Select(i =>
            $"\"t{i}\": {{ \"program\": \"p\"{(i < Count - 1 || isCycle ? $", \"startAfter\": [\"t{(i + 1) % Count}\"]" : "")} }}"));
        string json = $"{{ \"tasks\": {{ {tasks} }} }}";

        if (isCycle)
        {
            string message = Assert.Throws<SystemDefinitionException>(() => SystemFile.Parse(json, "/")).Message;
            Assert.StartsWith("the text, start order: tasks wait for each other: 't0' starts after 't1'", message, StringComparison.Ordinal);
            Assert.InRange(message.Length, 1, 1000);
        }
        else
        {
            Assert.Equal($"t{Count - 1}", SystemFile.Parse(json, "/").Tasks[0].Name);
        }
    }

    [Fact]
    public void Parse_WithAnUnknownObject_NamesThoseThereAre()
    {
        const string Json = """
            {
              "endpoints": ["requests"],
              "tasks": { "a": { "program": "p", "grants": { "g": { "object": "request", "rights": ["read"] } } } }
            }
            """;

        SystemDefinitionException refusal = Assert.Throws<SystemDefinitionException>(() => SystemFile.Parse(Json, "/"));

        Assert.Equal("the text, line 3, task 'a', grant 'g': the system has no object 'request'. Add it, or name one of 'requests'.", refusal.Message);
    }

    [Fact]
    public void Schema_InTheDocumentation_IsTheModels()
    {
        string path = Path.Combine(Repository(), "docs", "system.schema.json");
        string schema = SystemFile.WriteSchema();
        bool isCurrent = File.Exists(path) && File.ReadAllText(path) == schema;
        string written = Path.Combine(AppContext.BaseDirectory, "system.schema.json");
        if (!isCurrent)
            File.WriteAllText(written, schema);

        Assert.True(isCurrent, $"docs/system.schema.json is not the model's. Copy {written} there.");
    }

    private static string Repository()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Rel4.slnx")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
