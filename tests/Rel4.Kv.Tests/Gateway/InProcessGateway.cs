using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Rel4.Samples.Kv;
using Rel4.Samples.Kv.Gateway;
using Rel4.Samples.Kv.Gateway.Stores;

namespace Rel4.Kv.Tests.Gateway;

/// <summary>Is a gateway without network, whose store is in the same process.</summary>
internal sealed class InProcessGateway : IDisposable
{
    private readonly LocalStore _local;
    private readonly RespConnectionHandler _handler;

    public InProcessGateway(IStore? store = null, int mostClients = 100)
    {
        _local = new LocalStore(Clock);
        _handler = new RespConnectionHandler(new ServerState(Clock, KvIpc.None, mostClients), store ?? _local);
    }

    /// <summary>Gets the clock that keys expire by.</summary>
    public ManualClock Clock { get; } = new();

    /// <summary>Has a connection of its own say something, and gives all replies.</summary>
    public string Converse(string text) => Converse([Encoding.Latin1.GetBytes(text)]);

    /// <inheritdoc cref="Converse(string)"/>
    public string Converse(params IEnumerable<byte[]> pieces) => ConverseAsync(pieces).GetAwaiter().GetResult();

    public void Dispose() => _local.Dispose();

    private async Task<string> ConverseAsync(IEnumerable<byte[]> pieces)
    {
        var unlimited = new PipeOptions(pauseWriterThreshold: 0);
        Pipe input = new(unlimited), output = new(unlimited);
        // Not disposed of, as its Abort cancels a token later, on another thread.
        var connection = new DefaultConnectionContext("test") { Transport = new Transport(input.Reader, output.Writer) };
        Task served = _handler.OnConnectedAsync(connection);
        foreach (byte[] piece in pieces)
            await input.Writer.WriteAsync(piece);
        await input.Writer.CompleteAsync();
        await served;
        await output.Writer.CompleteAsync();
        ReadResult read = await output.Reader.ReadAtLeastAsync(int.MaxValue);
        return Encoding.Latin1.GetString(read.Buffer.ToArray());
    }

    private sealed record Transport(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
