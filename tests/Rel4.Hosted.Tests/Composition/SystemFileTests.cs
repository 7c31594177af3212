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
              "environment": { "A": "b" },
              "sandbox": { "sockets": ["internet"], "readable": ["data"], "threads": 8, "require": ["ownUsers", "confinedFiles"] },
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
        Assert.Equal(["/srv/data"], gateway.Sandbox.ReadablePaths);
        Assert.Equal(SandboxLayers.OwnUsers | SandboxLayers.ConfinedFiles, gateway.Sandbox.RequiredLayers);
        Assert.Equal((8, 4096), (gateway.Sandbox.Threads, gateway.Sandbox.OpenDescriptors));
        Assert.Equal(RestartPolicy.Never, gateway.Restart);
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
    [InlineData("{\n\"endpoints\": [null], \"tasks\": {} }", "system.json, line 2: null means nothing here")]
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

        Assert.Equal("task 'a', grant 'g': the system has no object 'request'. Add it, or name one of 'requests'.", refusal.Message);
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
