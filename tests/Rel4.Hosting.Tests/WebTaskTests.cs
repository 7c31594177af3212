using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Sandbox;
using Rel4.Hosted.Supervision;
using Rel4.Streams;

namespace Rel4.Hosting.Tests;

/// <summary>Does a whole web application run as a task, with its content root, settings, arguments and chosen environment?</summary>
public sealed class WebTaskTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WebApplication_AsATask_HasItsSettingsArgumentsAndEnvironment_AndServesOverItsEndpoint()
    {
        // Readable for the task's user, where it has one of its own.
        string folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"rel4-web-{Guid.NewGuid():N}")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "appsettings.json"), """{ "Greeting": "hello" }""", Cancelled);
        await File.WriteAllTextAsync(Path.Combine(folder, "appsettings.Staging.json"), """{ "Caller": "nobody" }""", Cancelled);
        Environment.SetEnvironmentVariable("ASPNETCORE_ENVIRONMENT", "Staging");
        try
        {
            var builder = new SystemBuilder();
            EndpointDefinition requests = builder.AddEndpoint("requests");
            builder.AddTask("web", WebPlugin.Run)
                .Grant("requests", requests, CapRights.Read | CapRights.Grant)
                .ContentRoot(folder)
                .Arguments("--Caller=test")
                .InheritEnvironment("ASPNETCORE_ENVIRONMENT", "REL4_NOT_SET")
                .Sandbox(SandboxPolicy.Strict);
            builder.Host.Grant("web", requests, CapRights.Write | CapRights.Grant);
            await using RunningSystem system = await builder.StartAsync(cancellationToken: Cancelled);
            using var handler = new SocketsHttpHandler().UseRel4(system.Host.Endpoint("web"));
            using var client = new HttpClient(handler) { BaseAddress = new Uri("http://web") };

            Assert.Equal($"hello, test, Staging, {folder}, no path", await client.GetStringAsync(new Uri("/settings", UriKind.Relative), Cancelled));
            Assert.Equal("refused", await client.GetStringAsync(new Uri("/write", UriKind.Relative), Cancelled));
        }
        finally
        {
            Environment.SetEnvironmentVariable("ASPNETCORE_ENVIRONMENT", null);
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void ContentRoot_OfATask_IsReadableAndAbsoluteWhateverComesAfter()
    {
        var builder = new SystemBuilder();
        builder.AddTask("web", WebPlugin.Run).ContentRoot("web").Sandbox(new SandboxPolicy { Sockets = SocketAccess.Internet });

        TaskDefinition task = Assert.Single(builder.Build().Tasks);

        Assert.Equal(Path.GetFullPath("web"), task.Environment["DOTNET_CONTENTROOT"]);
        Assert.Equal([Path.GetFullPath("web")], task.Sandbox.ReadablePaths);
        Assert.Equal(SocketAccess.Internet, task.Sandbox.Sockets);
    }
}
