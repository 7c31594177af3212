using System.Globalization;

namespace Rel4.Cli.Demo.Machines;

/// <summary>One NATS server of a cluster.</summary>
internal sealed class Broker : IAsyncDisposable
{
    private const int Port = 4222, ClusterPort = 6222;

    private readonly NetworkNamespace _machine;
    private readonly string _configuration;
    private readonly Action<string> _onLine;
    private MachineProgram _program;

    /// <summary>Starts it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="machine">Where it runs.</param>
    /// <param name="address">The machine's address.</param>
    /// <param name="others">The addresses of the others.</param>
    /// <param name="users">What all servers know of users.</param>
    /// <param name="folder">Where its configuration is written.</param>
    /// <param name="onLine">Hears what it says.</param>
    public Broker(string name, NetworkNamespace machine, string address, IEnumerable<string> others, string users, string folder, Action<string> onLine)
    {
        (_machine, _onLine, _configuration) = (machine, onLine, Path.Combine(folder, $"{name}.conf"));
        // Who is cut off is given up in seconds, not in the minutes of the default.
        File.WriteAllText(_configuration, string.Create(CultureInfo.InvariantCulture, $$"""
            server_name: {{name}}
            host: {{address}}
            port: {{Port}}
            ping_interval: 2
            ping_max: 2
            cluster {
              name: kv
              listen: "{{address}}:{{ClusterPort}}"
              routes: [{{string.Join(", ", others.Select(other => string.Create(CultureInfo.InvariantCulture, $"\"nats://{other}:{ClusterPort}\"")))}}]
            }
            {{users}}
            """));
        _program = Run();
    }

    /// <summary>Kills it.</summary>
    public Task KillAsync() => _program.KillAsync();

    /// <summary>Starts it again, once it was killed.</summary>
    public async Task StartAgainAsync()
    {
        await _program.DisposeAsync();
        _program = Run();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _program.DisposeAsync();

    private MachineProgram Run() => new(_machine, "nats-server", ["-c", _configuration], _onLine);
}
