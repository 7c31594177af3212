using System.Buffers;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Nats.Bridge;

/// <summary>Is a grant of what is exported: the clients of one user of NATS, who all have its badge. On the executor's thread.</summary>
internal sealed class ExportGrant
{
    /// <summary>How many calls of it are under way at most: half of those with which a server's channels stand still, which then learn nothing of a client that is gone.</summary>
    private const int MostUnderWay = 2048;

    /// <summary>How many bytes they have at most that came in one message each; others are counted by <see cref="Budget"/>.</summary>
    public const long MostBytesUnderWay = 32 << 20;

    private static readonly SearchValues<char> s_name = SearchValues.Create("0123456789abcdef.");

    private readonly Executor _executor = Executor.Current!;
    private readonly EndpointCap _endpoint;
    private readonly FreeSlots _slots;
    private readonly int _mostClients;
    private readonly string _requests, _inbox;
    private readonly IncomingQueue _queue;
    private int _underWay;
    private long _bytesUnderWay, _saidDropped;
    private readonly Dictionary<ulong, RemoteClient> _clients = [];

    public ExportGrant(BridgeConnection connection, string subject, NatsGrantSettings settings, FreeSlots slots, int mostClients)
    {
        _mostClients = mostClients;
        Connection = connection;
        _slots = slots;
        _endpoint = TaskContext.Endpoint(settings.Capabilities[0]);
        _inbox = $"{Subjects.Inbox(subject, settings.Name)}.";
        _requests = Subjects.Requests(subject, settings.Name);
        Own = $"{_requests}.{Subjects.Random()}";
        _queue = new IncomingQueue(_executor, Take);
        Subscriptions =
        [
            new IncomingQueue.Subscription(connection.Nats, _requests, Subjects.QueueGroup, _queue),
            new IncomingQueue.Subscription(connection.Nats, Own, queueGroup: null, _queue),
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

    /// <summary>Takes note that a call is under way.</summary>
    /// <param name="bytes">Those of its message, if it came in one.</param>
    /// <returns>False if it may not be.</returns>
    public bool TryBegin(int bytes)
    {
        if (_underWay >= MostUnderWay || _bytesUnderWay + bytes > MostBytesUnderWay)
            return false;
        _underWay++;
        _bytesUnderWay += bytes;
        return true;
    }

    /// <summary>Takes note that it no longer is.</summary>
    public void End(int bytes)
    {
        _underWay--;
        _bytesUnderWay -= bytes;
    }

    /// <summary>Runs something as a coroutine.</summary>
    public void Spawn<T>(Func<T, ValueTask> body, T state) => _executor.Spawn(body, state);

    /// <summary>Looks at its clients.</summary>
    public void LookAround()
    {
        foreach (RemoteClient client in _clients.Values.ToArray())
            client.LookAround();
        if (_queue.Dropped is var dropped && dropped > _saidDropped)
            Console.Error.WriteLine($"nats: {dropped - _saidDropped} messages to '{_requests}' were dropped: more come than are taken.");
        _saidDropped = _queue.Dropped;
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
        if (message.ReplyTo is not { } replyTo || !IsOfGrant(replyTo))
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
        else if (_clients.Count >= _mostClients || (isOpening && !_slots.CanTake))
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

    /// <summary>Tells a bridge that something is not carried out.</summary>
    public void Refuse(string inbox, MessageHeader header, RelayFailure why, uint limit = 0)
    {
        if (header.Kind is MessageKind.Gone)
            return;
        uint number = header.Kind is MessageKind.Call or MessageKind.Send ? header.Number : 0;
        Connection.Tell(Subjects.ReplyTo(inbox, number), new Outgoing(new MessageHeader(MessageKind.Failure, (ushort)why, number, header.Client, limit)), Own);
    }

    /// <summary>Gets whether a subject is one that an importing bridge of the grant takes answers at: its name, the client's number and the call's.</summary>
    private bool IsOfGrant(string replyTo)
    {
        if (replyTo.Length > _inbox.Length + 64 || !replyTo.StartsWith(_inbox, StringComparison.Ordinal))
            return false;
        ReadOnlySpan<char> name = replyTo.AsSpan(_inbox.Length);
        return name.IndexOfAnyExcept(s_name) < 0 && name.Count('.') == 2 && name[0] != '.' && name[^1] != '.' && !name.Contains("..", StringComparison.Ordinal);
    }
}
