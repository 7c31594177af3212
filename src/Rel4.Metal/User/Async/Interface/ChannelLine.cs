using System.Threading;
using Rel4.Abi;
using Rel4.Metal.User;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <summary>A place for a channel: a number, which is its bit of the task's bell, and what the broker tells of it.</summary>
/// <remarks>Looked at whenever the bit was rung. Invariant: there is a channel, or a connection that waits for one, exactly until the broker is told that it is left.</remarks>
internal sealed unsafe class ChannelLine(TaskRuntime runtime, int number) : PollSource
{
    private ChannelSource? _source;
    private Connection? _connection;
    private ClientRecord? _client;
    private ChannelDoorbell? _doorbell;
    private bool _isBound;

    /// <summary>Waits for whoever receives from an endpoint to accept.</summary>
    public void Expect(Connection connection)
    {
        _connection = connection;
        if (!_isBound)
            runtime.Executor.BindDoorbell(this, number);
        _isBound = true;
    }

    /// <summary>Joins the server's end.</summary>
    public void Accept(ClientRecord client, Listener listener)
    {
        _client = client;
        if (!_isBound)
            runtime.Executor.BindDoorbell(this, number);
        _isBound = true;
        if (!TryJoin(client.Badge, client.Share, listener))
            Leave();
    }

    /// <summary>Closes the channel, if there is one.</summary>
    public void Close() => _source?.Close();

    /// <summary>Takes note that the channel has ended: its frames are looked at no more.</summary>
    public void Ended(ChannelSource source)
    {
        runtime.Executor.UnbindDoorbell(source, number);
        _source = null;
        _connection?.Closed();
        Leave();
    }

    /// <summary>Ends the channel if its peer can't be rung any more.</summary>
    /// <param name="open">A bit for each sender that is open.</param>
    public void LookForPeer(ulong open)
    {
        uint sender = Entry->Sender;
        if (_source is { } source && sender != 0 && (open >> (int)(sender - 1) & 1) == 0)
            LosePeer(source);
    }

    internal override bool Poll()
    {
        runtime.Executor.Drop(this);
        // Pairs with the write in the broker's Show.
        var stage = (ChannelStage)Volatile.Read(ref Entry->Stage);
        if (_source is { } source)
        {
            if (stage == ChannelStage.Closed)
                LosePeer(source);
            return stage == ChannelStage.Closed;
        }

        if (_connection is not { } connection || stage is not (ChannelStage.Open or ChannelStage.Closed))
            return false;
        if (stage == ChannelStage.Open)
            connection.Opening();
        if (stage == ChannelStage.Open && TryJoin(badge: 0, new PeerShare(BrokerLayout.MostMessageBytes), listener: null))
        {
            connection.Opened(_source!);
            return true;
        }

        Leave();
        connection.Refused();
        return true;
    }

    private ChannelEntry* Entry => BrokerPage.Entry((BrokerPage*)BrokerLayout.Page, number);

    private bool TryJoin(ulong badge, PeerShare share, Listener? listener)
    {
        var own = (ChannelFrame*)BrokerLayout.OwnFrameOf(number);
        var peer = (ChannelFrame*)((byte*)own + BrokerLayout.FrameBytes);
        var doorbell = new ChannelDoorbell(Entry->Sender, BrokerLayout.PeerBells + (ulong)number);
        if (ChannelEnd.TryJoin(own, peer, (nuint)BrokerLayout.FrameBytes, doorbell, TaskRuntime.Options, out _) is not { } end)
            return false;
        _doorbell = doorbell;
        _source = new ChannelSource(runtime.Executor, end, number, badge, share, runtime.Replies, listener, this);
        return true;
    }

    private void LosePeer(ChannelSource source)
    {
        _doorbell!.Silence();
        source.LosePeer();
    }

    private void Leave()
    {
        _connection = null;
        if (_client is { } client)
            client.Open--;
        _client = null;
        ulong word = (ulong)number;
        _ = TaskRuntime.TryAsk(BrokerLabel.Leave, ref word);
    }
}
