using System.Diagnostics;
using System.Net.Sockets;
using Rel4.Cli.Commands;

namespace Rel4.Cli.Demo.Machines;

/// <summary>Machines with addresses of their own on one switch, and the switch itself, where clients are.</summary>
/// <remarks>All of it is in namespaces, so nothing of the real machine's network is touched, and no address can clash with one of it.</remarks>
internal sealed class MachineNetwork : IDisposable
{
    private const string SwitchAddress = "10.114.0.1";

    private readonly NetworkNamespace _switch = new();
    private readonly Dictionary<string, NetworkNamespace> _machines = [];

    private MachineNetwork()
    {
    }

    /// <summary>Gets a machine by its name.</summary>
    public NetworkNamespace this[string machine] => _machines[machine];

    /// <summary>Makes it.</summary>
    /// <param name="addresses">The machines' addresses by their names, all in one network of 24 bits.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="CommandFailure">Linux refuses it.</exception>
    public static async Task<MachineNetwork> CreateAsync(IReadOnlyDictionary<string, string> addresses, CancellationToken cancellationToken)
    {
        var network = new MachineNetwork();
        try
        {
            await IpAsync(network._switch, cancellationToken, "link add switch type bridge", $"addr add {SwitchAddress}/24 dev switch", "link set switch up");
            foreach ((string name, string address) in addresses)
            {
                NetworkNamespace machine = network._machines[name] = new NetworkNamespace();
                await IpAsync(network._switch, cancellationToken, $"link add {name} type veth peer name eth0 netns {machine.Path}", $"link set {name} master switch up");
                await IpAsync(machine, cancellationToken, "link set lo up", $"addr add {address}/24 dev eth0", "link set eth0 up");
            }

            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>Makes a socket for a client, which is beside the machines.</summary>
    public Socket NewClientSocket() => _switch.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true });

    /// <summary>Pulls a machine's cable.</summary>
    public Task CutAsync(string machine, CancellationToken cancellationToken) => IpAsync(_switch, cancellationToken, $"link set {machine} down");

    /// <summary>Plugs it in again.</summary>
    public Task JoinAsync(string machine, CancellationToken cancellationToken) => IpAsync(_switch, cancellationToken, $"link set {machine} up");

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (NetworkNamespace machine in _machines.Values)
            machine.Dispose();
        _switch.Dispose();
    }

    private static async Task IpAsync(NetworkNamespace where, CancellationToken cancellationToken, params string[] commands)
    {
        foreach (string command in commands)
        {
            var said = new List<string>();
            var start = new ProcessStartInfo("ip", command.Split(' '));
            int exitCode = await where.Run(() => ChildProcess.RunAsync(start, _ => { }, said.Add, cancellationToken));
            if (exitCode != 0)
                throw new CommandFailure($"'ip {command}' fails: {string.Join(' ', said)}");
        }
    }
}
