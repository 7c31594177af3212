using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Samples.Kv;

namespace Rel4.Kv.Tests.Service;

/// <summary>Is the service as its users run it: processes of its own, and a port.</summary>
internal sealed class KvService : IOutputSink, IAsyncDisposable
{
    private const string Listening = "listening on 127.0.0.1:";
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<OutputLine> _lines = new();
    private RunningSystem? _system;

    /// <summary>Gets the port that the gateway told last.</summary>
    public int Port => int.Parse(LinesOf("gateway").Last(IsListening)[Listening.Length..], CultureInfo.InvariantCulture);

    /// <summary>Gets all that was written, for people.</summary>
    public string All => string.Join('\n', _lines.Select(line => $"{line.Task} {line.Kind}: {line.Text}"));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Gets a task.</summary>
    public RunningTask this[string task] => _system![task];

    /// <summary>Starts it on a port that is free.</summary>
    public static Task<KvService> StartAsync(KvIpc ipc, bool showWrites = false) =>
        StartAsync(KvSystem.Compose(port: 0, ipc, showWrites).Build());

    /// <summary>Starts a system whose gateway tells its port.</summary>
    public static async Task<KvService> StartAsync(SystemDefinition definition)
    {
        var service = new KvService();
        service._system = await RunningSystem.StartAsync(definition, new SupervisionOptions { Output = service }, Cancellation);
        await service.HoldsAsync(() => service.LinesOf("gateway").Any(IsListening));
        return service;
    }

    /// <summary>Gets what a task wrote to standard output.</summary>
    public IEnumerable<string> LinesOf(string task) =>
        _lines.Where(line => line.Task == task && line.Kind == OutputKind.Output).Select(line => line.Text);

    /// <summary>Kills a task.</summary>
    public void Kill(string task)
    {
        using var process = Process.GetProcessById(this[task].ProcessId!.Value);
        process.Kill();
    }

    /// <summary>Waits until a condition holds.</summary>
    public async Task HoldsAsync(Func<bool> condition)
    {
        DateTime end = DateTime.UtcNow + s_limit;
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < end, All);
            await Task.Delay(10, Cancellation);
        }
    }

    public void Write(OutputLine line) => _lines.Enqueue(line);

    public ValueTask DisposeAsync() => _system?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static bool IsListening(string line) => line.StartsWith(Listening, StringComparison.Ordinal);
}
