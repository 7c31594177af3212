using System.Net.Sockets;
using System.Text;
using Rel4.Runtime;
using Rel4.Runtime.Tests;
using Rel4.Samples.Kv;
using Rel4.Samples.Kv.Gateway;
using Rel4.Samples.Kv.Gateway.Stores;

namespace Rel4.Kv.Tests.Gateway;

/// <summary>Is a gateway without network, whose store is in the same process.</summary>
internal sealed class InProcessGateway : IDisposable
{
    // A thread has one, which the test's other gateways use as well.
    private readonly Executor? _own = Executor.Current is null ? EventParking.NewExecutor() : null;
    private readonly RespServer _server;

    public InProcessGateway(IStore? store = null, int mostClients = 100) =>
        _server = new RespServer(new ServerState(Clock, KvIpc.None, mostClients), [store ?? new LocalStore(Clock)], Timeout.InfiniteTimeSpan);

    /// <summary>Makes one whose keys are divided over stores.</summary>
    public InProcessGateway(params IStore?[] stores) =>
        _server = new RespServer(
            new ServerState(Clock, KvIpc.None, mostClients: 100, stores.Length), [.. stores.Select(store => store ?? new LocalStore(Clock))], Timeout.InfiniteTimeSpan);

    /// <summary>Gets the clock that keys expire by.</summary>
    public ManualClock Clock { get; } = new();

    /// <summary>Has a connection of its own say something, and gives all replies.</summary>
    public string Converse(string text) => Converse([Encoding.Latin1.GetBytes(text)]);

    /// <inheritdoc cref="Converse(string)"/>
    public string Converse(params IEnumerable<byte[]> pieces)
    {
        var connection = new Connection(pieces);
        Serve(connection);
        return Encoding.Latin1.GetString(connection.Taken.ToArray());
    }

    /// <summary>Has connections say something at the same time.</summary>
    /// <returns>Their numbers in the order in which they end.</returns>
    public int[] Race(params string[] texts)
    {
        var ended = new List<int>();
        Executor.Current!.RunUntilComplete(async () =>
        {
            CoroutineId[] connections = [.. texts.Select((text, number) => Executor.Current!.Spawn(async () =>
            {
                await _server.ServeAsync(new Connection([Encoding.Latin1.GetBytes(text)]));
                ended.Add(number);
            }))];
            foreach (CoroutineId connection in connections)
                await Executor.Current!.Join(connection);
        });
        return [.. ended];
    }

    /// <summary>Lets a client come that is gone once it has been sent so many bytes.</summary>
    public void Abandon(string text, int taken) => Serve(new Connection([Encoding.Latin1.GetBytes(text)]) { MostTaken = taken });

    public void Dispose() => _own?.Dispose();

    private void Serve(Connection connection)
    {
        Executor.Current!.RunUntilComplete(() => _server.ServeAsync(connection));
        Assert.True(connection.IsClosed);
    }

    private sealed class Connection(IEnumerable<byte[]> pieces) : IConnection
    {
        private readonly Queue<byte[]> _pieces = new(pieces.Where(piece => piece.Length > 0));

        public MemoryStream Taken { get; } = new();

        public int MostTaken { get; init; } = int.MaxValue;

        public bool IsClosed { get; private set; }

        public string Address => "?";

        public async CoTask<ReadOnlyMemory<byte>> ReadAsync()
        {
            await Executor.Current!.Yield();
            return _pieces.TryDequeue(out byte[]? piece) ? piece : default;
        }

        public async CoTask WriteAsync(ReadOnlyMemory<byte> bytes)
        {
            await Executor.Current!.Yield();
            if (Taken.Length + bytes.Length > MostTaken)
                throw new SocketException((int)SocketError.ConnectionReset);
            Taken.Write(bytes.Span);
        }

        public void Dispose() => IsClosed = true;
    }
}
