using System.Buffers;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Nats.Bridge;

/// <summary>Passes on what tasks here call through one imported endpoint. On the executor's thread.</summary>
internal sealed class ImportLink
{
    /// <summary>How many requests of all its clients are under way at most; others wait in the clients' rings.</summary>
    private const int MostUnderWay = 1024;

    /// <summary>How many bytes they have: as many as an exporter lets a grant have under way.</summary>
    private const long MostBytesUnderWay = ExportGrant.MostBytesUnderWay / 2;

    private static readonly TimeSpan s_turn = TimeSpan.FromSeconds(1);
    private static readonly SearchValues<char> s_hex = SearchValues.Create("0123456789abcdef");

    private readonly Executor _executor = Executor.Current!;
    private readonly NatsImportSettings _settings;
    private readonly EndpointCap _endpoint;
    private readonly Dictionary<ulong, ClientSession> _sessions = [];
    private readonly Dictionary<CancellationToken, ClientSession> _byClient = [];
    private TaskCompletionSource? _room;
    private int _underWay;
    private long _bytesUnderWay, _saidLost;

    public ImportLink(NatsBridgeSettings bridge, NatsImportSettings settings)
    {
        _settings = settings;
        _endpoint = TaskContext.Endpoint(settings.Capability);
        Requests = Subjects.Requests(settings.Subject, settings.Grant);
        string inbox = Subjects.Inbox(settings.Subject, settings.Grant);
        Inbox = $"{inbox}.{Subjects.Random()}";
        Connection = new BridgeConnection(bridge, settings.Subject, settings.Seed, inbox);
    }

    /// <summary>Gets the connection.</summary>
    public BridgeConnection Connection { get; }

    /// <summary>Gets where requests go.</summary>
    public string Requests { get; }

    /// <summary>Gets where answers come.</summary>
    public string Inbox { get; }

    /// <summary>Gets the memory of long answers.</summary>
    public ByteBudget Budget { get; } = new();

    /// <summary>Gets or sets how many sends were lost, whose clients can't be told.</summary>
    public long LostSends { get; set; }

    private bool HasRoom => _underWay < MostUnderWay && _bytesUnderWay < MostBytesUnderWay;

    /// <summary>Passes requests on, without end.</summary>
    public async ValueTask RunAsync()
    {
        var answers = new IncomingQueue(_executor, Take);
        _ = Connection.OpenAsync(new IncomingQueue.Subscription(Connection.Nats, $"{Inbox}.>", queueGroup: null, answers));
        _executor.Spawn(LookAroundAsync);
        await foreach (IpcRequest request in _endpoint.ReceiveAllAsync())
        {
            while (!HasRoom)
            {
                _room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                await _room.Task;
            }

            if (Connection.IsOpen)
            {
                await SessionOf(request).PassOnAsync(request);
            }
            else
            {
                LostSends += request.IsCall ? 0 : 1;
                request.Fail(RelayFailure.NotDelivered);
            }
        }
    }

    /// <summary>Gets whether a subject is one of those that serve this grant. Who answers says it.</summary>
    public bool IsExporter(string? subject) =>
        subject is not null && subject.Length < Requests.Length + 64 && subject.StartsWith(Requests, StringComparison.Ordinal) && subject.Length > Requests.Length
        && subject[Requests.Length] == '.' && subject.AsSpan(Requests.Length + 1).IndexOfAnyExcept(s_hex) < 0;

    /// <summary>Takes note of a request that is under way.</summary>
    public void Add(OutstandingCall call)
    {
        _underWay++;
        _bytesUnderWay += call.Bytes;
    }

    /// <summary>Takes note that it has ended.</summary>
    public void Remove(OutstandingCall call)
    {
        _underWay--;
        _bytesUnderWay -= call.Bytes;
        if (HasRoom)
            _room?.TrySetResult();
    }

    /// <summary>Forgets a client.</summary>
    public void Forget(ClientSession session)
    {
        _sessions.Remove(session.Id);
        foreach (CancellationToken client in _byClient.Where(entry => entry.Value == session).Select(entry => entry.Key).ToArray())
            _byClient.Remove(client);
    }

    /// <summary>Has something go on that is seldom not complete.</summary>
    public void Continue(ValueTask work)
    {
        if (!work.IsCompletedSuccessfully)
            _executor.Spawn(static async work => await work, work);
    }

    private ClientSession SessionOf(IpcRequest request)
    {
        // A channel's token is its own: it stands for the client. Those of synchronous clients, and all where calls are spread, are one.
        CancellationToken client = _settings.SpreadsCalls ? default : request.CallerGone;
        if (_byClient.TryGetValue(client, out ClientSession? session))
            return session;
        session = new ClientSession(this, _settings.SpreadsCalls);
        _byClient.Add(client, session);
        _sessions.Add(session.Id, session);
        session.Begin();
        if (client.CanBeCanceled)
            session.Gone = client.Register(() => _executor.Post(static session => ((ClientSession)session!).ClientGone(), session));
        return session;
    }

    private void Take(Incoming message)
    {
        try
        {
            if (FindSession(message) is { } session)
                session.Take(message);
        }
        finally
        {
            message.Return();
        }
    }

    private ClientSession? FindSession(Incoming message)
    {
        ulong client = message.Header.Client;
        return !message.IsNoResponders || Subjects.TryReadClient(message.Subject, out client) ? _sessions.GetValueOrDefault(client) : null;
    }

    private async ValueTask LookAroundAsync()
    {
        while (true)
        {
            await _executor.Delay(s_turn);
            foreach (ClientSession session in _sessions.Values.ToArray())
                session.LookAround();
            if (LostSends > _saidLost)
            {
                await Console.Error.WriteLineAsync($"nats: {LostSends - _saidLost} sends through '{_settings.Subject}' were lost: nobody was there, or the way was lost.");
                _saidLost = LostSends;
            }
        }
    }
}
