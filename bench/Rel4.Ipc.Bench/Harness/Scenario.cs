using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Sandbox;
using Rel4.Hosted.Supervision;

namespace Rel4.Ipc.Bench;

/// <summary>Is a system of two tasks, each a process: a client, which measures, and the server that it measures with.</summary>
/// <param name="Client">What the client runs: measures, and ends the server.</param>
/// <param name="Server">What the server runs.</param>
/// <param name="ClientProcessor">Where the client stays, or null to let Linux and the kernel place it.</param>
/// <param name="ServerProcessor">Where the server stays.</param>
internal sealed record Scenario(Func<int> Client, Func<int> Server, int? ClientProcessor = null, int? ServerProcessor = null)
{
    /// <summary>
    /// Names the grants: the endpoint that the client calls, that of a typed contract, memory that both may write, and a notification for signals to each of them.
    /// </summary>
    public const string Calls = "calls", Typed = "typed", SharedMemory = "shared", ToServer = "toServer", ToClient = "toClient";

    private const UnixFileMode EveryUser = (UnixFileMode)0b111_111_111;

    /// <summary>Gets what a third task runs beside them, which has no grants, until the client has ended; null for none.</summary>
    public Func<int>? Disturber { get; init; }

    /// <summary>Runs the system to its end.</summary>
    /// <param name="pace">How much to measure.</param>
    /// <param name="resultType">The client's result.</param>
    /// <param name="progress">Is told what goes on.</param>
    /// <param name="cancellationToken">Stops both tasks.</param>
    /// <exception cref="BenchmarkException">A task failed.</exception>
    public async Task<T> RunAsync<T>(Pace pace, JsonTypeInfo<T> resultType, IProgress<string> progress, CancellationToken cancellationToken)
    {
        // Where tasks have users of their own, both must be able to reach the sockets in it.
        string folder = Directory.CreateTempSubdirectory("rel4-bench-").FullName;
        File.SetUnixFileMode(folder, EveryUser);
        try
        {
            var output = new ScenarioOutput(progress);
            RunningSystem system = await Compose(folder, pace)
                .StartAsync(new SupervisionOptions { Output = output }, cancellationToken).ConfigureAwait(false);
            await using (system.ConfigureAwait(false))
            {
                await system["client"].Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            return system["client"].LastEnd is { IsSuccess: true } && ReadResult(folder, resultType) is { } result
                ? result
                : throw new BenchmarkException($"The benchmark's client ended without a result. The tasks' output:\n{output.Log}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Reads what a client returned.</summary>
    /// <returns>Null if it returned nothing.</returns>
    internal static T? ReadResult<T>(string folder, JsonTypeInfo<T> resultType)
    {
        string file = Path.Combine(folder, BenchmarkTask.ResultFile);
        return File.Exists(file) ? JsonSerializer.Deserialize(File.ReadAllText(file), resultType) : default;
    }

    private SystemBuilder Compose(string folder, Pace pace)
    {
        var builder = new SystemBuilder();
        EndpointDefinition calls = builder.AddEndpoint(Calls), typed = builder.AddEndpoint(Typed);
        FrameDefinition shared = builder.AddFrame(SharedMemory, FrameSize.Large2M);
        NotificationDefinition toServer = builder.AddNotification(ToServer), toClient = builder.AddNotification(ToClient);
        TaskBuilder server = builder.AddTask("server", Server)
            .Grant(Calls, calls, CapRights.Read | CapRights.Grant)
            .Grant(Typed, typed, CapRights.Read | CapRights.Grant)
            .Grant(ToServer, toServer, CapRights.Read)
            .Grant(ToClient, toClient, CapRights.Write, badge: 1);
        TaskBuilder client = builder.AddTask("client", Client)
            .Grant(Calls, calls, CapRights.Write | CapRights.Grant, badge: 1)
            .Grant(Typed, typed, CapRights.Write | CapRights.Grant, badge: 1)
            .Grant(ToServer, toServer, CapRights.Write, badge: 1)
            .Grant(ToClient, toClient, CapRights.Read);
        if (Disturber is not null)
            builder.AddTask("disturber", Disturber);
        Settle(server, ServerProcessor);
        Settle(client, ClientProcessor);
        return builder;

        void Settle(TaskBuilder task, int? processor)
        {
            task.Grant(SharedMemory, shared, CapRights.ReadWrite)
                .Sandbox(SandboxPolicy.Strict with { Sockets = SocketAccess.Unix, WritablePaths = [folder] })
                .Environment(BenchmarkTask.FolderVariable, folder)
                .Environment(BenchmarkTask.PaceVariable, JsonSerializer.Serialize(pace, FiguresContext.Default.Pace));
            if (processor is { } number)
                task.Environment(BenchmarkTask.ProcessorVariable, number.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Passes on what says what goes on, and keeps the rest for the case of a failure.</summary>
    private sealed class ScenarioOutput(IProgress<string> progress) : IOutputSink
    {
        private readonly Lock _lock = new();
        private readonly List<string> _log = [];

        public string Log
        {
            get
            {
                lock (_lock)
                    return string.Join('\n', _log);
            }
        }

        public void Write(OutputLine line)
        {
            if (line.Text.StartsWith(BenchmarkTask.ProgressMark, StringComparison.Ordinal))
            {
                progress.Report(line.Text[BenchmarkTask.ProgressMark.Length..]);
                return;
            }

            lock (_lock)
                _log.Add($"{line.Task}: {line.Text}");
        }
    }
}
