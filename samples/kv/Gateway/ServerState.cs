namespace Rel4.Samples.Kv.Gateway;

/// <summary>Is what all connections of the gateway share: its clock, its clients, its counts.</summary>
internal sealed class ServerState(TimeProvider time, KvIpc ipc, int mostClients, int stores = 1)
{
    /// <summary>The version of Redis whose commands and errors these are.</summary>
    public const string RedisVersion = "7.0.15";

    private readonly SortedDictionary<long, ClientSession> _clients = new();
    private readonly long _start = time.GetTimestamp();
    private long _lastId;
    private long _connections;
    private long _rejected;
    private long _commands;

    /// <summary>Gets the time, in Unix milliseconds.</summary>
    public long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Gets the clients, in the order in which they came.</summary>
    public IEnumerable<ClientSession> Clients => _clients.Values;

    /// <summary>Gets or sets the port that it listens on.</summary>
    public int Port { get; set; }

    /// <summary>Gets how many stores the keys are divided over.</summary>
    public int Stores => stores;

    /// <summary>Gets how many clients there may be at once.</summary>
    public int MostClients => mostClients;

    /// <summary>Begins a session, if there may be another client.</summary>
    /// <returns>Null if there are as many as may be.</returns>
    public ClientSession? TryOpen(string address)
    {
        if (_clients.Count >= mostClients)
        {
            _rejected++;
            return null;
        }

        var session = new ClientSession(this, ++_lastId, address);
        _clients.Add(session.Id, session);
        _connections++;
        return session;
    }

    /// <summary>Ends a session, if there is one.</summary>
    public void Close(ClientSession? session) => _clients.Remove(session?.Id ?? 0);

    /// <summary>Counts a command.</summary>
    public void CountCommand() => _commands++;

    /// <summary>Starts counting anew.</summary>
    public void ResetStatistics() => _connections = _rejected = _commands = 0;

    /// <summary>Describes a part of the server for INFO.</summary>
    /// <returns>Null if it knows nothing of that.</returns>
    public string? Describe(string section) => section switch
    {
        "server" => Lines(
            "# Server",
            $"redis_version:{RedisVersion}",
            "redis_mode:standalone",
            $"os:{Environment.OSVersion}",
            $"process_id:{Environment.ProcessId}",
            $"tcp_port:{Port}",
            $"uptime_in_seconds:{(long)time.GetElapsedTime(_start).TotalSeconds}",
            $"rel4_ipc:{ipc.ToString().ToLowerInvariant()}"),
        "clients" => Lines("# Clients", $"connected_clients:{_clients.Count}", $"maxclients:{mostClients}"),
        "stats" => Lines(
            "# Stats",
            $"total_connections_received:{_connections}",
            $"total_commands_processed:{_commands}",
            $"rejected_connections:{_rejected}"),
        _ => null,
    };

    private static string Lines(params ReadOnlySpan<string> lines) => string.Concat(string.Join("\r\n", lines), "\r\n");
}
