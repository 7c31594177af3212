using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Rel4.Cli.Commands;
using Rel4.Hosted.Composition;
using Rel4.Nats;
using Rel4.Samples.Kv;

namespace Rel4.Cli.Demo.Machines;

/// <summary>The key-value service on five machines, each with a system of its own, and a cluster of NATS servers on those of the gateways.</summary>
/// <remarks>The systems are those of <c>samples/kv/machines</c>, with the paths of this program and keys that are made anew.</remarks>
internal sealed partial class KvMachines : IAsyncDisposable
{
    private const int Port = 6380;
    private const int MostRecent = 30;

    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_retryDelay = TimeSpan.FromMilliseconds(50);

    /// <summary>The machines, as the systems' files know them.</summary>
    private static readonly Dictionary<string, string> s_addresses = new()
    {
        ["gateway-1"] = "10.114.0.11",
        ["gateway-2"] = "10.114.0.12",
        ["gateway-3"] = "10.114.0.13",
        ["store-0"] = "10.114.0.21",
        ["store-1"] = "10.114.0.22",
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("rel4-machines-").FullName;
    private readonly MachineNetwork _network;
    private readonly List<MachineProgram> _systems = [];
    private readonly List<Broker> _brokers = [];
    private readonly Queue<string> _recent = [];
    private readonly Dictionary<string, string> _audits = [];

    private KvMachines(MachineNetwork network) => _network = network;

    /// <summary>Gets the names of the machines with gateways.</summary>
    public static IReadOnlyList<string> Gateways { get; } = [.. s_addresses.Keys.Where(name => name.StartsWith("gateway", StringComparison.Ordinal))];

    /// <summary>Gets the names of the machines with stores.</summary>
    public static IReadOnlyList<string> Stores { get; } = [.. s_addresses.Keys.Except(Gateways)];

    /// <summary>Gets the cable of each machine.</summary>
    public MachineNetwork Network => _network;

    /// <summary>Gets the servers, one on each gateway's machine.</summary>
    public IReadOnlyList<Broker> Brokers => _brokers;

    /// <summary>Gets what programs have said last.</summary>
    public string Recent
    {
        get
        {
            lock (_recent)
                return string.Join('\n', _recent);
        }
    }

    /// <summary>Starts them, and waits until each gateway reaches each store.</summary>
    /// <exception cref="CommandFailure">Something is missing, or does not work.</exception>
    public static async Task<KvMachines> StartAsync(CancellationToken cancellationToken)
    {
        var machines = new KvMachines(await MachineNetwork.CreateAsync(s_addresses, cancellationToken));
        try
        {
            machines.StartPrograms();
            await machines.ReadyAsync(cancellationToken);
            return machines;
        }
        catch
        {
            await machines.DisposeAsync();
            throw;
        }
    }

    /// <summary>Connects to a gateway.</summary>
    public Task<RespConnection> ConnectAsync(string gateway, CancellationToken cancellationToken) =>
        RespConnection.OpenAsync(_network.NewClientSocket(), new IPEndPoint(IPAddress.Parse(s_addresses[gateway]), Port), cancellationToken);

    /// <summary>Gets what a store's audit has said last.</summary>
    public string AuditOf(string store)
    {
        lock (_recent)
            return _audits.GetValueOrDefault(store, "");
    }

    /// <summary>Makes sure that all still run.</summary>
    /// <exception cref="CommandFailure">One has ended.</exception>
    public void Check()
    {
        if (_systems.Any(system => system.HasEnded))
            throw new CommandFailure($"A machine's system has ended. What was said last:\n{Recent}");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll([.. _systems.Select(system => system.DisposeAsync().AsTask()), .. _brokers.Select(broker => broker.DisposeAsync().AsTask())]);
        _network.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void StartPrograms()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "keys"));
        string[] files = [.. s_addresses.Keys.Select(WriteSystem)];
        string users = NatsServerUsers.Write(files.Select(file => SystemFile.Load(file).Nats!));
        foreach (string gateway in Gateways)
        {
            IEnumerable<string> others = Gateways.Where(other => other != gateway).Select(other => s_addresses[other]);
            _brokers.Add(new Broker(gateway, _network[gateway], s_addresses[gateway], others, users, _folder, line => Hear($"nats-server of {gateway}", line)));
        }

        string program = Path.Combine(AppContext.BaseDirectory, "rel4.dll");
        foreach ((string machine, string file) in s_addresses.Keys.Zip(files))
            _systems.Add(new MachineProgram(_network[machine], ChildProcess.DotnetHost, [program, "run", file], line => Hear(machine, line)));
    }

    /// <summary>Writes a machine's system: that of the sample, with this program's path, and the public keys in place of the names of keys' files.</summary>
    private string WriteSystem(string machine)
    {
        using Stream stream = typeof(KvSystem).Assembly.GetManifestResourceStream($"machines/{machine}.json")!;
        using var reader = new StreamReader(stream);
        string text = ProgramPath().Replace(reader.ReadToEnd(), Path.Combine(AppContext.BaseDirectory, "Rel4.Samples.Kv.dll"));
        text = PublicKey().Replace(text, match => $"{match.Groups[1].Value}{KeyOf(Path.Combine(_folder, match.Groups[2].Value))}\"");
        foreach (Match key in KeyFile().Matches(text))
            KeyOf(Path.Combine(_folder, key.Groups[1].Value));
        string path = Path.Combine(_folder, $"{machine}.json");
        File.WriteAllText(path, text);
        return path;
    }

    private static string KeyOf(string path) => File.Exists(path) ? NatsKey.ReadPublic(path) : NatsKey.Create(path);

    private async Task ReadyAsync(CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        foreach (string gateway in Gateways)
        {
            string? error = "nobody listens";
            while (error is not null)
            {
                Check();
                if (Stopwatch.GetElapsedTime(start) > s_startLimit)
                    throw new CommandFailure($"After {s_startLimit}, {gateway} does not serve: {error}. What was said last:\n{Recent}");
                try
                {
                    // A command for all stores.
                    using RespConnection connection = await ConnectAsync(gateway, cancellationToken);
                    error = await connection.ExchangeAsync(RespConnection.Write(["DBSIZE"], times: 1), replies: 1, cancellationToken);
                }
                catch (System.Net.Sockets.SocketException)
                {
                    // Not yet.
                }

                await Task.Delay(s_retryDelay, cancellationToken);
            }
        }
    }

    private void Hear(string machine, string line)
    {
        lock (_recent)
        {
            if (AuditLine().Match(line) is { Success: true } audit)
                _audits[machine] = audit.Value;
            _recent.Enqueue($"{machine}: {line}");
            if (_recent.Count > MostRecent)
                _recent.Dequeue();
        }
    }

    [GeneratedRegex(@"[^""]*Rel4\.Samples\.Kv\.dll")]
    private static partial Regex ProgramPath();

    [GeneratedRegex(@"(""key"": "")(keys/[^""]+)""")]
    private static partial Regex PublicKey();

    [GeneratedRegex(@"""keyFile"": ""(keys/[^""]+)""")]
    private static partial Regex KeyFile();

    [GeneratedRegex(@"\d+ writes, .*")]
    private static partial Regex AuditLine();
}
