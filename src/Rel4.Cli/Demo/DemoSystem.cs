using System.Globalization;
using Rel4.Cli.Commands;
using Rel4.Hosted.Supervision;
using Rel4.Samples.Kv;

namespace Rel4.Cli.Demo;

/// <summary>Is the key-value service while the demo runs it.</summary>
internal sealed class DemoSystem : IAsyncDisposable
{
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(20);

    private readonly RunningSystem _system;
    private readonly Output _output;

    private DemoSystem(RunningSystem system, Output output, int port)
    {
        _system = system;
        _output = output;
        Port = port;
    }

    /// <summary>Gets the port that it listens on.</summary>
    public int Port { get; }

    /// <summary>Gets the store's task.</summary>
    public RunningTask Store => _system["store"];

    /// <summary>Gets what the audit told last of the writes.</summary>
    public string Audit => _output.Audit;

    /// <summary>Starts it on a free port.</summary>
    /// <exception cref="CommandFailure">It does not start.</exception>
    public static async Task<DemoSystem> StartAsync(KvIpc ipc, CancellationToken cancellationToken)
    {
        var output = new Output();
        RunningSystem system = await KvSystem.Compose(port: 0, ipc).StartAsync(
            new SupervisionOptions { Output = output, Name = "rel4 demo" }, cancellationToken);
        try
        {
            return new DemoSystem(system, output, await output.Port.WaitAsync(s_startLimit, cancellationToken));
        }
        catch (Exception failure)
        {
            await system.DisposeAsync();
            if (failure is TimeoutException)
                throw new CommandFailure($"The service does not listen after {s_startLimit}. Its tasks said:\n{output.Recent}");
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _system.DisposeAsync();

    /// <summary>Looks for what the demo wants to know in what the tasks write.</summary>
    private sealed class Output : IOutputSink
    {
        private const string Listening = "listening on 127.0.0.1:";
        private const int MostRecent = 20;

        private readonly TaskCompletionSource<int> _port = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Queue<string> _recent = new();
        private volatile string _audit = "";

        public Task<int> Port => _port.Task;

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
                _port.TrySetResult(port);
            }

            if (line is { Task: "audit", Kind: OutputKind.Output } && line.Text.Contains(" writes, ", StringComparison.Ordinal))
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
