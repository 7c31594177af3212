using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Rel4.Streams;

namespace Rel4.AspNetCore.Internal;

/// <summary>A connection as Kestrel has it.</summary>
internal sealed class Rel4ConnectionContext : ConnectionContext, IRel4ConnectionFeature
{
    private static long s_count;

    private readonly StreamConnection _connection;

    public Rel4ConnectionContext(Rel4EndPoint address, StreamConnection connection)
    {
        _connection = connection;
        Transport = connection;
        ConnectionClosed = connection.Closed;
        LocalEndPoint = address;
        ConnectionId = string.Create(CultureInfo.InvariantCulture, $"rel4-{Interlocked.Increment(ref s_count)}");
        Features.Set<IRel4ConnectionFeature>(this);
    }

    public ulong Badge => _connection.Badge;

    public override string ConnectionId { get; set; }

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override IDictionary<object, object?> Items { get; set; } = new ConnectionItems();

    public override IDuplexPipe Transport { get; set; }

    public override CancellationToken ConnectionClosed { get; set; }

    public override EndPoint? LocalEndPoint { get; set; }

    public override void Abort(ConnectionAbortedException abortReason) => _connection.Abort();

    public override async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
