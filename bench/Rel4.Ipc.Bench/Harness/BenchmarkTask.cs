using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Rel4.Hosted.Linux;

namespace Rel4.Ipc.Bench;

/// <summary>Is the calling process as a task of a <see cref="Scenario"/>: its settings, and how it tells its results.</summary>
internal static class BenchmarkTask
{
    /// <summary>Names the environment variables that a scenario sets.</summary>
    public const string FolderVariable = "BENCH_FOLDER", PaceVariable = "BENCH_PACE", ProcessorVariable = "BENCH_PROCESSOR";

    /// <summary>What starts a line of the client's output that says what goes on.</summary>
    public const string ProgressMark = "progress ";

    /// <summary>Names the file of the client's result, which may be longer than a line of output can be.</summary>
    public const string ResultFile = "result.json";

    /// <summary>Gets how much to measure.</summary>
    public static Pace Pace => JsonSerializer.Deserialize(Variable(PaceVariable), FiguresContext.Default.Pace)!;

    /// <summary>Gets the path of a socket that both tasks can use.</summary>
    public static string SocketPath(string name) => Path.Combine(Variable(FolderVariable), name);

    /// <summary>Lets the other task, which may have a user of its own, connect to every socket that is made from now on.</summary>
    /// <remarks>
    /// By the process' mask, so that a socket has its mode when it gets its name: a client that came between the name and a change of
    /// mode was refused, which is no reason for <see cref="System.IO.Pipes.NamedPipeClientStream"/> to try again.
    /// </remarks>
    public static void OpenSocketsToAll() => SystemCall.Invoke(SystemCallNumber.umask);

    private static Affinity.ProcessorSet? s_anywhere;

    /// <summary>Keeps the calling thread, and those that it starts, on the processor that the scenario names, if it names one.</summary>
    /// <remarks>An executor begins by going wherever the process may run, so its thread is pinned by its first coroutine.</remarks>
    public static void Pin()
    {
        s_anywhere ??= Affinity.Get(0);
        if (Environment.GetEnvironmentVariable(ProcessorVariable) is { } processor
            && !Affinity.TrySet(0, Affinity.ProcessorSet.Of(int.Parse(processor, provider: null))))
        {
            throw new InvalidOperationException($"Linux does not let this task run on processor {processor}.");
        }
    }

    /// <summary>Lets the calling thread go wherever the process may run, as it could before <see cref="Pin"/>.</summary>
    public static void Unpin() => Affinity.TrySet(0, s_anywhere!.Value);

    /// <summary>Tells the user what is being done.</summary>
    public static void Progress(string text) => Console.WriteLine(ProgressMark + text);

    /// <summary>Tells the scenario its result.</summary>
    public static void Return<T>(T result, JsonTypeInfo<T> type) =>
        File.WriteAllText(Path.Combine(Variable(FolderVariable), ResultFile), JsonSerializer.Serialize(result, type));

    private static string Variable(string name) => Environment.GetEnvironmentVariable(name)
        ?? throw new InvalidOperationException($"{name} is not set: this program is a task of 'rel4 bench'.");
}
