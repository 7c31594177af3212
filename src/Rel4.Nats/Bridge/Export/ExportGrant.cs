using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Nats.Bridge;

/// <summary>Is a grant of what is exported: the clients of one user of NATS, who all have its badge. On the executor's thread.</summary>
internal sealed class ExportGrant
{
    /// <summary>How many calls of it are under way at most.</summary>
    private const int MostUnderWay = 4096;

    /// <summary>How many clients it has at most, each with a channel.</summary>
    private const int MostClients = 256;

    private readonly Executor _executor = Executor.Current!;
    private readonly EndpointCap _endpoint;
    private readonly FreeSlots _slots;
    private readonly string _inbox;
    private readonly Dictionary<ulong, RemoteClient> _clients = [];

    public ExportGrant(BridgeConnection connection, string subject, NatsGrantSettings settings, FreeSlots slots)
    {
        Connection = connection;
        _slots = slots;
        _endpoint = TaskContext.Endpoint(settings.Capabilities[0]);
        _inbox = $"{Subjects.Inbox(subject, settings.Name)}.";
        string requests = Subjects.Requests(subject, settings.Name);
        Own = $"{requests}.{Subjects.Random()}";
        var queue = new IncomingQueue(_executor, Take);
        Subscriptions =
        [
            new IncomingQueue.Subscription(connection.Nats, requests, Subjects.QueueGroup, queue),
            new IncomingQueue.Subscription(connection.Nats, Own, queueGroup: null, queue),
        ];
    }

    /// <summary>Gets the connection.</summary>
    public BridgeConnection Connection { get; }

    /// <summary>Gets the subject of this exporter alone.</summary>
    public string Own { get; }

    /// <summary>Gets what it subscribes to.</summary>
    public IReadOnlyList<IncomingQueue.Subscription> Subscriptions { get; }

    /// <summary>Gets the memory of long requests.</summary>
    public ByteBudget Budget { get; } = new();

    /// <summary>Gets or sets how many calls are under way.</summary>
    public int UnderWay { get; set; }

    /// <summary>Gets whether another may be.</summary>
    public bool HasRoom => UnderWay < MostUnderWay;

    /// <summary>Runs something as a coroutine.</summary>
    public void Spawn<T>(Func<T, ValueTask> body, T state) => _executor.Spawn(body, state);

    /// <summary>Has something go on that is seldom not complete.</summary>
    public void Continue(ValueTask work)
    {
        if (!work.IsCompletedSuccessfully)
            _executor.Spawn(static async work => await work, work);
    }

    /// <summary>Looks at its clients.</summary>
    public void LookAround()
    {
        foreach (RemoteClient client in _clients.Values.ToArray())
            client.LookAround();
    }

    /// <summary>Ends a client.</summary>
    public void Remove(RemoteClient client)
    {
        if (!_clients.Remove(client.Id))
            return;
        client.End();
        if (client.Slot is { } slot)
            _slots.Return(slot);
    }

    private void Take(Incoming message)
    {
        // Whoever asks chose where the answer goes: of what this connection may publish to, only the grant's own inbox is taken.
        if (message.ReplyTo is not { } replyTo || !replyTo.StartsWith(_inbox, StringComparison.Ordinal) || replyTo.Length > _inbox.Length + 64
            || replyTo.Count('.') != _inbox.Count('.') + 2)
        {
            message.Return();
            return;
        }

        string inbox = Subjects.ClientOf(replyTo);
        if (_clients.TryGetValue(message.Header.Client, out RemoteClient? client))
        {
            client.Take(message);
            return;
        }

        MessageHeader header = message.Header;
        bool isOpening = header.Kind == MessageKind.Open;
        // A call that any exporter may have, of a bridge that this one does not know yet.
        bool isSpread = message.Subject != Own && header.Kind is MessageKind.Call or MessageKind.Send;
        if (!isOpening && !isSpread)
        {
            message.Return();
            Refuse(inbox, header, RelayFailure.NotDelivered);
        }
        else if (_clients.Count >= MostClients || (isOpening && !_slots.CanTake))
        {
            message.Return();
            Refuse(inbox, header, RelayFailure.Busy);
        }
        else if (isOpening)
        {
            message.Return();
            ulong slot = _slots.Take(_endpoint);
            client = new RemoteClient(this, header.Client, inbox, new EndpointCap(slot), slot);
            _clients.Add(client.Id, client);
            client.Tell(MessageKind.Opened);
        }
        else
        {
            client = new RemoteClient(this, header.Client, inbox, _endpoint, slot: null);
            _clients.Add(client.Id, client);
            client.Take(message);
        }
    }

    private void Refuse(string inbox, MessageHeader header, RelayFailure why)
    {
        if (Connection.IsOpen && header.Kind is not MessageKind.Gone)
        {
            uint number = header.Kind is MessageKind.Call or MessageKind.Send ? header.Number : 0;
            Continue(Connection.PublishAsync(
                Subjects.ReplyTo(inbox, number), new Outgoing(new MessageHeader(MessageKind.Failure, (ushort)why, number, header.Client, 0)), Own));
        }
    }
}
