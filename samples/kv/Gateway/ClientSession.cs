using System.Buffers;
using System.Diagnostics;
using Rel4.Samples.Kv.Protocol;
using Rel4.Samples.Kv.Resp;

namespace Rel4.Samples.Kv.Gateway;

/// <summary>Is what the gateway knows of a client, and what it gathers for it: requests to the store, and replies of its own.</summary>
/// <remarks>
/// Used by one thread at a time. Invariant: each command adds one <see cref="PendingReply"/>, which has either a request in
/// <see cref="Batch"/> or bytes in <see cref="Reply"/>.
/// </remarks>
internal sealed class ClientSession(ServerState server, long id, string address)
{
    /// <summary>What a client has sent is carried out in batches of about so many bytes of requests, and of the gateway's own replies.</summary>
    private const int BatchGoal = 64 * 1024;

    /// <summary>A batch has no more commands.</summary>
    private const int MostCommands = 1024;

    private readonly RespParser _parser = new();
    private readonly long _start = Stopwatch.GetTimestamp();

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

    /// <summary>Gets the requests to the store.</summary>
    public RequestBatch Batch { get; } = new();

    /// <summary>Gets the gateway's own replies.</summary>
    public ArrayBufferWriter<byte> Reply { get; private set; } = new();

    /// <summary>Gets all replies in order.</summary>
    public List<PendingReply> Pending { get; } = [];

    /// <summary>Takes commands from what the client has sent, until that ends or the batch is large enough.</summary>
    public void Gather(ref ReadOnlyMemory<byte> bytes)
    {
        ReadOnlySpan<byte> rest = bytes.Span;
        try
        {
            while (Batch.Length < BatchGoal && Reply.WrittenCount < BatchGoal && Pending.Count < MostCommands && !IsClosing && _parser.TryRead(ref rest))
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
        Batch.Clear();
        Reply = Reply.Renew();
        Pending.Clear();
    }

    /// <summary>Replies with an error.</summary>
    public void Error(string text) => Reply.WriteError(text);

    /// <summary>Asks the store something, with all words of the command but its name.</summary>
    /// <param name="operation">What.</param>
    /// <param name="flags">Conditions and wishes.</param>
    /// <param name="number">The number of the request.</param>
    /// <param name="words">How many words the request has; -1 for all.</param>
    public void Ask(StoreOperation operation, StoreFlags flags = StoreFlags.None, long number = 0, int words = -1) =>
        Batch.Add(operation, Database, flags, number, Command, 1, words < 0 ? Command.Count - 1 : words);

    /// <summary>Asks the store to go on with a scan.</summary>
    public void AskScan(long cursor, long count, ReadOnlySpan<byte> pattern) => Batch.AddScan(Database, cursor, count, pattern);

    /// <summary>Asks the store for its statistics, to reply with text.</summary>
    /// <param name="text">What stands before them.</param>
    public void AskKeyspace(string text)
    {
        Batch.Add(StoreOperation.Statistics, Database);
        Pending.Add(new PendingReply(ReplySource.Keyspace, Version, Text: text));
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
        (int requests, int replies, int length) = (Batch.Count, Pending.Count, Reply.WrittenCount);
        Server.CountCommand();
        CommandTable.Execute(this);
        // The next one may be long in coming.
        Command.Clear();
        if (Pending.Count > replies)
            return;
        Pending.Add(Batch.Count > requests
            ? new PendingReply(ReplySource.Store, Version)
            : new PendingReply(ReplySource.Gateway, Version, Reply.WrittenCount - length));
    }
}
