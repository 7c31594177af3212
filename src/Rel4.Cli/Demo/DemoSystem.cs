using System.Collections.Concurrent;
using System.Globalization;
using Rel4.Cli.Commands;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Samples.Kv;

namespace Rel4.Cli.Demo;

/// <summary>The key-value service in all its forms at once, in one system, so that they can take turns under load: those that have none sleep.</summary>
internal sealed class DemoSystem : IAsyncDisposable
{
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(20);

    private readonly RunningSystem _system;
    private readonly Output _output;

    private DemoSystem(RunningSystem system, Output output)
    {
        _system = system;
        _output = output;
    }

    /// <summary>Gets the task that has the data of the form with asynchronous IPC.</summary>
    public RunningTask Store => _system[PrefixOf(KvIpc.Async) + "store"];

    /// <summary>Gets what the audit of the form with asynchronous IPC told last of the writes.</summary>
    public string Audit => _output.Audit;

    /// <summary>Starts it on free ports.</summary>
    /// <exception cref="CommandFailure">It does not start.</exception>
    public static async Task<DemoSystem> StartAsync(CancellationToken cancellationToken)
    {
        var output = new Output();
        var builder = new SystemBuilder();
        foreach (KvIpc form in KvSweep.Forms)
            KvSystem.Add(builder, port: 0, form, prefix: PrefixOf(form));
        RunningSystem system = await builder.StartAsync(new SupervisionOptions { Output = output, Name = "rel4 demo" }, cancellationToken);
        try
        {
            await output.AllListen.WaitAsync(s_startLimit, cancellationToken);
            return new DemoSystem(system, output);
        }
        catch (Exception failure)
        {
            await system.DisposeAsync();
            if (failure is TimeoutException)
                throw new CommandFailure($"The service does not listen after {s_startLimit}. Its tasks said:\n{output.Recent}");
            throw;
        }
    }

    /// <summary>Gets the port that a form listens on.</summary>
    public int PortOf(KvIpc form) => _output.Ports[PrefixOf(form) + "gateway"];

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _system.DisposeAsync();

    private static string PrefixOf(KvIpc form) => $"{form}-".ToLowerInvariant();

    /// <summary>Looks for what the demo wants to know in what the tasks write.</summary>
    private sealed class Output : IOutputSink
    {
        private const string Listening = "listening on 127.0.0.1:";
        private const int MostRecent = 20;

        private readonly TaskCompletionSource _allListen = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Queue<string> _recent = new();
        private volatile string _audit = "";

        public ConcurrentDictionary<string, int> Ports { get; } = new();

        public Task AllListen => _allListen.Task;

        public string Audit => _audit;

        public string Recent
        {
            get
            {
                lock (_recent)
                    return string.Join('\n', _recent);
            }
        }

        public void Write(OutputLine line)
        {
            if (line.Text.StartsWith(Listening, StringComparison.Ordinal)
                && ushort.TryParse(line.Text.AsSpan(Listening.Length), CultureInfo.InvariantCulture, out ushort port))
            {
                Ports[line.Task] = port;
                if (Ports.Count == KvSweep.Forms.Count)
                    _allListen.TrySetResult();
            }

            if (line is { Task: "async-audit", Kind: OutputKind.Output } && line.Text.Contains(" writes, ", StringComparison.Ordinal))
                _audit = line.Text;
            lock (_recent)
            {
                _recent.Enqueue($"{line.Task}: {line.Text}");
                if (_recent.Count > MostRecent)
                    _recent.Dequeue();
            }
        }
    }
}
