using System.Diagnostics;
using System.Net.Sockets;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Observation;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.Hosted.Tests.Observation;

/// <summary>Can the user tell a running system from outside what to do with its tasks, and nobody else?</summary>
[Collection(nameof(OneKernel))]
public sealed class ControlTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Commands_OfTheUser_StopStartRestartAndRemoveATask()
    {
        await using RunningSystem system = await StartAsync(isControllable: true);
        ObservedSystem observed = await FindAsync();
        RunningTask task = system["waiter"];
        int? first = task.ProcessId;

        await observed.CommandAsync(ControlCommand.Stop, "waiter", Cancelled);
        Assert.Equal(TaskState.Stopped, task.State);
        await observed.CommandAsync(ControlCommand.Start, "waiter", Cancelled);
        int? second = task.ProcessId;
        await observed.CommandAsync(ControlCommand.Restart, "waiter", Cancelled);
        int? third = task.ProcessId;
        await observed.CommandAsync(ControlCommand.Remove, "waiter", Cancelled);

        Assert.Equal(3, new[] { first, second, third }.OfType<int>().Distinct().Count());
        Assert.Empty(system.Tasks);
    }

    [Fact]
    public async Task Command_ForATaskThatIsNotThere_IsRefusedAndSaysWhatThereIs()
    {
        await using RunningSystem system = await StartAsync(isControllable: true);
        ObservedSystem observed = await FindAsync();

        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => observed.CommandAsync(ControlCommand.Stop, "absent", Cancelled));

        Assert.Contains("no task 'absent'. It has 'waiter'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_ThatThereIsNot_IsRefusedAndTheTaskGoesOn()
    {
        await using RunningSystem system = await StartAsync(isControllable: true);
        ObservedSystem observed = await FindAsync();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => observed.CommandAsync(ControlCommand.Remove + 1, "waiter", Cancelled));

        Assert.Equal(TaskState.Running, Assert.Single(system.Tasks).State);
    }

    [Fact]
    public async Task Add_OfATask_StartsItWithWhatItIsGrantedAndItCanBeRemoved()
    {
        var builder = new SystemBuilder();
        EndpointDefinition calls = builder.AddEndpoint("calls");
        builder.AddTask("client", Programs.Ask21).Grant("service", calls, CapRights.Write | CapRights.GrantReply, badge: 7);
        var output = new Recorder();
        await using RunningSystem system = await builder.StartAsync(new SupervisionOptions { Output = output, GracePeriod = TimeSpan.Zero, IsControllable = true }, Cancelled);
        ObservedSystem observed = await FindAsync();

        // The program's path is relative to the file's folder.
        await observed.AddTaskAsync(Write(Path.Combine(AppContext.BaseDirectory, "added.json"), Double("server", "calls")), Cancelled);
        await system["client"].Completion.WaitAsync(TimeSpan.FromSeconds(60), Cancelled);

        Assert.Contains("badge 7: 42", output.Output);
        await observed.CommandAsync(ControlCommand.Remove, "server", Cancelled);
        Assert.Equal(["client"], system.Tasks.Select(task => task.Name));
    }

    [Theory]
    [InlineData("server", "absent", "", "added.json, line 3, task 'server', grant 'requests': ")]
    [InlineData("waiter", "never", "", "added.json, the system: 'waiter' is the name of ")]
    [InlineData("server", "never", "\"endpoints\": [\"calls\"],", "endpoints: a system that runs has its own, and none can be added. Leave it out")]
    [InlineData("server", "never", "\"kernel\": {},", "kernel: a system that runs has its own")]
    [InlineData("server", "never", "\"colour\": 1,", "added.json, line 1, $.colour: nothing is called 'colour' here")]
    public async Task Add_OfWhatMakesNoSense_IsRefusedAndSaysWhereAndWhatAndHowToFixIt(string name, string granted, string more, string message)
    {
        await using RunningSystem system = await StartAsync(isControllable: true);
        ObservedSystem observed = await FindAsync();
        string folder = Directory.CreateTempSubdirectory("rel4-test-").FullName;

        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(
            () => observed.AddTaskAsync(Write(Path.Combine(folder, "added.json"), Double(name, granted, more)), Cancelled));

        Directory.Delete(folder, recursive: true);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        Assert.Equal(["waiter"], system.Tasks.Select(task => task.Name));
    }

    [Fact]
    public async Task Add_OfSeveralTasksOrAMissingProgramOrTooLongAFile_IsRefusedAndAddsNothing()
    {
        await using RunningSystem system = await StartAsync(isControllable: true);
        ObservedSystem observed = await FindAsync();
        string folder = Directory.CreateTempSubdirectory("rel4-test-").FullName, file = Path.Combine(folder, "added.json");

        string several = (await RefusalOf<InvalidOperationException>("""{ "tasks": { "one": { "program": "a.dll" }, "two": { "program": "b.dll" } } }""")).Message;
        string missing = (await RefusalOf<InvalidOperationException>("""{ "tasks": { "one": { "program": "absent.dll" } } }""")).Message;
        IOException tooLong = await RefusalOf<IOException>(new string(' ', ControlSocket.MostBytes));

        Directory.Delete(folder, recursive: true);
        Assert.StartsWith("added.json, line 1, tasks: 2 tasks can't be added at once", several, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(folder, "absent.dll"), missing, StringComparison.Ordinal);
        Assert.Contains("added.json is too long", tooLong.Message, StringComparison.Ordinal);
        Assert.Equal(["waiter"], system.Tasks.Select(task => task.Name));

        Task<T> RefusalOf<T>(string json)
            where T : Exception => Assert.ThrowsAsync<T>(() => observed.AddTaskAsync(Write(file, json), Cancelled));
    }

    [Fact]
    public async Task Command_ToASystemThatIsOnlyObservable_IsRefused()
    {
        await using RunningSystem system = await StartAsync(isControllable: false);
        ObservedSystem observed = await FindAsync();

        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => observed.CommandAsync(ControlCommand.Stop, "waiter", Cancelled));

        Assert.Contains("IsControllable", refused.Message, StringComparison.Ordinal);
        Assert.Equal(TaskState.Running, system["waiter"].State);
    }

    [Fact]
    public async Task Start_OfASystemThatIsControllableAndNotObservable_IsRefused()
    {
        var builder = new SystemBuilder();
        builder.AddTask("waiter", Programs.WaitForever);

        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(() => builder.StartAsync(
            new SupervisionOptions { Output = new Recorder(), IsObservable = false, IsControllable = true }, Cancelled));

        Assert.Contains("set IsObservable", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WhereTheSocketForCommandsCantBeHad_SaysSoAndCanBeLookedAt()
    {
        string path = ObservationFolder.TakePath(), control = ObservationFolder.ControlPathOf(path);
        await File.WriteAllTextAsync(control, "", Cancelled);
        ObservationFolder.ReturnPath(path);
        try
        {
            var builder = new SystemBuilder();
            builder.AddTask("waiter", Programs.WaitForever);
            var output = new Recorder();
            await using RunningSystem system = await builder.StartAsync(new SupervisionOptions { Output = output, GracePeriod = TimeSpan.Zero, IsControllable = true }, Cancelled);

            Assert.Contains("can't be told what to do from outside: ", output.All, StringComparison.Ordinal);
            Assert.NotNull(await (await FindAsync()).LookAsync(Cancelled));
        }
        finally
        {
            File.Delete(control);
        }
    }

    [Fact]
    public async Task Socket_ThatCantBeBound_LeavesNoDescriptorBehind()
    {
        const int Tries = 200;
        string folder = Directory.CreateTempSubdirectory("rel4-test-").FullName;
        int before = OpenDescriptors();

        for (int i = 0; i < Tries; i++)
            Assert.Throws<SocketException>(() => new ControlSocket(folder, _ => Task.CompletedTask, isTask: _ => false));

        // Others of this process come and go meanwhile, but not that many.
        Assert.InRange(OpenDescriptors(), 0, before + (Tries / 2));
        Directory.Delete(folder);
        await using var works = new ControlSocket(folder, _ => Task.CompletedTask, isTask: _ => false);

        static int OpenDescriptors() => UserInterrupts.ProcessResources.OpenDescriptors;
    }

    [Fact]
    public async Task Connection_OfATask_IsNotServed()
    {
        string path = ObservationFolder.TakePath();
        bool wasAsked = false;
        await using (var socket = new ControlSocket(
            ObservationFolder.ControlPathOf(path),
            _ =>
            {
                wasAsked = true;
                return Task.CompletedTask;
            },
            isTask: _ => true))
        {
            Assert.Empty(await SendAsync(path, """{"command":"stop","task":"waiter"}"""u8.ToArray()));
        }

        ObservationFolder.ReturnPath(path);
        Assert.False(wasAsked);
    }

    [Fact]
    public async Task Peer_ThatIsATaskOfAnySupervisor_IsToldFromAProgramOfTheUser()
    {
        await using RunningSystem system = await StartAsync(isControllable: true);
        int task = system["waiter"].ProcessId!.Value;
        using var program = Process.Start("sleep", "60");
        try
        {
            // By what a task of another process has as well, which is no child of this one.
            Assert.True(SystemObserver.IsMoreConfined(task));
            Assert.False(SystemObserver.IsMoreConfined(program.Id));
            Assert.True(SystemObserver.IsTask(task));
            Assert.False(SystemObserver.IsTask(Environment.ProcessId));
            Assert.True(SystemObserver.IsTask(int.MaxValue));
        }
        finally
        {
            program.Kill();
        }
    }

    [Theory]
    [InlineData("deep")]
    [InlineData("many")]
    [InlineData("torn")]
    [InlineData("terminal")]
    public async Task Add_OfAnOverwhelmingFile_IsRefusedInAFewPrintableLines_AndTheNextIsServed(string kind)
    {
        await using RunningSystem system = await StartAsync(isControllable: true);
        ObservedSystem own = await FindAsync();
        string text = kind switch
        {
            "deep" => string.Concat(Enumerable.Repeat("{\"tasks\":", 2000)),
            "many" => "{\"tasks\":{" + string.Join(',', Enumerable.Range(0, 500).Select(i => $"\"t{i}\":{{\"program\":\"/bin/true\"}}")) + "}}",
            "torn" => """{ "tasks": { "\ud800": { "program": "\udfff" } } }""",
            _ => """{ "tasks": { "\u001b[2J\u202e": { "program": "/bin/\u0007", "grants": { "\u001b]0;x\u0007": { "object": "\u009b1m", "rights": ["read"] } } } } }""",
        };
        string file = Path.Combine(Path.GetTempPath(), $"rel4-tests-{Environment.ProcessId}-{kind}.json");

        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => own.AddTaskAsync(Write(file, text), Cancelled));

        File.Delete(file);
        Assert.InRange(refused.Message.Length, 20, 50_000);
        Assert.All(refused.Message.Split('\n'), line => Assert.Equal(line, PrintableText.Of(line)));
        Assert.Equal("waiter", Assert.Single(system.Tasks).Name);
        await own.CommandAsync(ControlCommand.Restart, "waiter", Cancelled);
    }

    [Fact]
    public async Task Requests_ThatAreNone_AreNotAnswered_AndTheNextIs()
    {
        string path = ObservationFolder.TakePath();
        var asked = new List<ControlRequest>();
        await using (var socket = new ControlSocket(
            ObservationFolder.ControlPathOf(path),
            request =>
            {
                asked.Add(request);
                throw new InvalidOperationException("on purpose");
            },
            isTask: _ => false))
        {
            foreach (byte[] none in new[] { [], "\n"u8.ToArray(), "{}\n"u8.ToArray(), new byte[ControlSocket.MostBytes + 1],
                """{"add":{}}"""u8.ToArray(), """{"add":{"json":"{}","folder":"/"}}"""u8.ToArray(), """{"command":"stop","task":"waiter","add":{"json":"{}","folder":"/","source":"x"}}"""u8.ToArray(), """{"task":"waiter"}"""u8.ToArray(), new byte[10_000], """{"command":"destroy","task":"waiter"}"""u8.ToArray(), """{"command":4,"task":"waiter"}"""u8.ToArray() })
                Assert.Empty(await SendAsync(path, none));
            // More than are served at once that say nothing: they have a second.
            Socket[] silent = [.. await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => ConnectAsync(path)))];
            Assert.Equal("""{"refusal":"on purpose"}""", System.Text.Encoding.UTF8.GetString(await SendAsync(path, "{\"command\":\"stop\",\"task\":\"waiter\"}\n"u8.ToArray())));
            Array.ForEach(silent, peer => peer.Dispose());
        }

        ObservationFolder.ReturnPath(path);
        Assert.Equal([new ControlRequest(ControlCommand.Stop, "waiter")], asked);
    }

    private static async Task<RunningSystem> StartAsync(bool isControllable)
    {
        var builder = new SystemBuilder();
        NotificationDefinition never = builder.AddNotification("never");
        builder.AddTask("waiter", Programs.WaitForever).Grant("never", never, CapRights.Read);
        return await builder.StartAsync(
            new SupervisionOptions { Output = new Recorder(), GracePeriod = TimeSpan.Zero, IsControllable = isControllable }, Cancelled);
    }

    private static string Double(string name, string granted, string more = "") => $$"""
        { {{more}} "tasks": {
          "{{name}}": { "program": "Rel4.Hosted.Tests.dll", "method": { "assembly": "Rel4.Hosted.Tests", "type": "{{typeof(Programs).FullName}}", "name": "Double" },
            "grants": { "requests": { "object": "{{granted}}", "rights": ["read"] } } } } }
        """;

    private static string Write(string file, string text)
    {
        File.WriteAllText(file, text);
        return file;
    }

    private static async Task<ObservedSystem> FindAsync() =>
        (await ObservedSystem.FindAllAsync(Cancelled)).Single(system => system.ProcessId == Environment.ProcessId);

    private static async Task<Socket> ConnectAsync(string path)
    {
        var peer = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await peer.ConnectAsync(new UnixDomainSocketEndPoint(ObservationFolder.ControlPathOf(path)), Cancelled);
        return peer;
    }

    private static async Task<byte[]> SendAsync(string path, byte[] request)
    {
        using Socket peer = await ConnectAsync(path);
        using var all = new MemoryStream();
        try
        {
            await peer.SendAsync(request, Cancelled);
            peer.Shutdown(SocketShutdown.Send);
            byte[] buffer = new byte[4096];
            int length;
            while ((length = await peer.ReceiveAsync(buffer, Cancelled)) > 0)
                all.Write(buffer, 0, length);
        }
        catch (SocketException)
        {
            // It was closed before all was sent.
        }

        return all.ToArray();
    }
}
