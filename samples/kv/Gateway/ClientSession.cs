using System.Buffers;
using System.Diagnostics;
using Rel4.Samples.Kv.Gateway.Stores;
using Rel4.Samples.Kv.Protocol;
using Rel4.Samples.Kv.Resp;

namespace Rel4.Samples.Kv.Gateway;

/// <summary>Is what the gateway knows of a client, and what it gathers for it: requests to the store, and replies of its own.</summary>
/// <remarks>
/// Used by one thread at a time. Invariant: each command adds one <see cref="PendingReply"/>, which has either a request in one of
/// <see cref="Batches"/>, or in each, or bytes in <see cref="Reply"/>.
/// </remarks>
internal sealed class ClientSession(ServerState server, long id, string address)
{
    /// <summary>What a client has sent is carried out in batches of about so many bytes of requests, and of the gateway's own replies.</summary>
    private const int BatchGoal = 64 * 1024;

    /// <summary>A batch has no more commands.</summary>
    private const int MostCommands = 1024;

    private readonly RespParser _parser = new();
    private readonly long _start = Stopwatch.GetTimestamp();

    // Where the command's requests go: the number of a store, or PendingReply.AllStores.
    private int _store;

    /// <summary>Gets the server.</summary>
    public ServerState Server { get; } = server;

    /// <summary>Gets the number of the connection.</summary>
    public long Id { get; } = id;

    /// <summary>Gets the address of the client.</summary>
    public string Address { get; } = address;

    /// <summary>Gets how long it is connected.</summary>
    public TimeSpan Age => Stopwatch.GetElapsedTime(_start);

    /// <summary>Gets or sets the name that the client gave itself.</summary>
    public string Name { get; set; } = "";

    /// <summary>Gets or sets the number of the database it has selected.</summary>
    public int Database { get; set; }

    /// <summary>Gets or sets the protocol it speaks.</summary>
    public RespVersion Version { get; set; } = RespVersion.Resp2;

    /// <summary>Gets or sets whether the connection ends behind the replies.</summary>
    public bool IsClosing { get; set; }

    /// <summary>Gets the command that is being carried out.</summary>
    public RespCommand Command => _parser.Command;

    /// <summary>Gets the requests to each store.</summary>
    public RequestBatch[] Batches { get; } = [.. Enumerable.Range(0, server.Stores).Select(_ => new RequestBatch())];

    /// <summary>Gets the gateway's own replies.</summary>
    public ArrayBufferWriter<byte> Reply { get; private set; } = new();

    /// <summary>Gets all replies in order.</summary>
    public List<PendingReply> Pending { get; } = [];

    private Span<RequestBatch> Asked => _store == PendingReply.AllStores ? Batches : Batches.AsSpan(_store, 1);

    private int RequestCount
    {
        get
        {
            int count = 0;
            foreach (RequestBatch batch in Batches)
                count += batch.Count;
            return count;
        }
    }

    private int RequestLength
    {
        get
        {
            int length = 0;
            foreach (RequestBatch batch in Batches)
                length += batch.Length;
            return length;
        }
    }

    /// <summary>Takes commands from what the client has sent, until that ends or the batch is large enough.</summary>
    public void Gather(ref ReadOnlyMemory<byte> bytes)
    {
        ReadOnlySpan<byte> rest = bytes.Span;
        try
        {
            while (RequestLength < BatchGoal && Reply.WrittenCount < BatchGoal && Pending.Count < MostCommands && !IsClosing && _parser.TryRead(ref rest))
                Execute();
        }
        catch (RespProtocolException violation)
        {
            int before = Reply.WrittenCount;
            Error($"ERR Protocol error: {violation.Message}");
            Pending.Add(new PendingReply(ReplySource.Gateway, Version, Reply.WrittenCount - before));
            IsClosing = true;
        }

        bytes = bytes[^rest.Length..];
    }

    /// <summary>Forgets the batch, whose replies were sent.</summary>
    public void Clear()
    {
        foreach (RequestBatch batch in Batches)
            batch.Clear();
        Reply = Reply.Renew();
        Pending.Clear();
    }

    /// <summary>Replies with an error.</summary>
    public void Error(string text) => Reply.WriteError(text);

    /// <summary>Finds which store has the keys of the command that is carried out; one without keys is for all stores.</summary>
    /// <returns>False if the keys lie in several stores.</returns>
    public bool TryRoute(CommandInfo command)
    {
        if (Batches.Length == 1)
            return true;
        _store = PendingReply.AllStores;
        int last = command.LastKey < 0 ? Command.Count + command.LastKey : command.LastKey;
        for (int i = command.FirstKey; i > 0 && i <= last; i += command.KeyStep)
        {
            int store = KeySlot.StoreOf(Command[i], Batches.Length);
            if (_store != PendingReply.AllStores && _store != store)
                return false;
            _store = store;
        }

        return true;
    }

    /// <summary>Tells whether there is one store only, or replies that there are several.</summary>
    public bool HasOneStore()
    {
        if (Batches.Length == 1)
            return true;
        Error(Errors.OneStoreOnly);
        return false;
    }

    /// <summary>Asks the store that has the command's keys, or each store, something, with all words of the command but its name.</summary>
    /// <param name="operation">What.</param>
    /// <param name="flags">Conditions and wishes.</param>
    /// <param name="number">The number of the request.</param>
    /// <param name="words">How many words the request has; -1 for all.</param>
    public void Ask(StoreOperation operation, StoreFlags flags = StoreFlags.None, long number = 0, int words = -1)
    {
        foreach (RequestBatch batch in Asked)
            batch.Add(operation, Database, flags, number, Command, 1, words < 0 ? Command.Count - 1 : words);
    }

    /// <summary>Asks the only store to go on with a scan.</summary>
    public void AskScan(long cursor, long count, ReadOnlySpan<byte> pattern) => Batches[0].AddScan(Database, cursor, count, pattern);

    /// <summary>Asks the store, or all, for statistics, to reply with text.</summary>
    /// <param name="text">What stands before them.</param>
    public void AskKeyspace(string text)
    {
        foreach (RequestBatch batch in Asked)
            batch.Add(StoreOperation.Statistics, Database);
        Pending.Add(new PendingReply(ReplySource.Keyspace, Version, Text: text, Store: _store));
    }

    /// <summary>Reads a word as an integer, or replies that it is none.</summary>
    public bool TryReadInteger(int word, out long value)
    {
        if (DecimalInteger.TryParse(Command[word], out value))
            return true;
        Error(Errors.NotAnInteger);
        return false;
    }

    private void Execute()
    {
        (int requests, int replies, int length) = (RequestCount, Pending.Count, Reply.WrittenCount);
        Server.CountCommand();
        CommandTable.Execute(this);
        // The next one may be long in coming.
        Command.Clear();
        if (Pending.Count > replies)
            return;
        Pending.Add(RequestCount > requests
            ? new PendingReply(ReplySource.Store, Version, Store: _store)
            : new PendingReply(ReplySource.Gateway, Version, Reply.WrittenCount - length));
    }
}
