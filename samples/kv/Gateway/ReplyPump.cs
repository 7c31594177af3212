using System.Buffers;
using System.Globalization;
using System.Text;
using Rel4.Runtime;
using Rel4.Samples.Kv.Gateway.Stores;
using Rel4.Samples.Kv.Protocol;
using Rel4.Samples.Kv.Resp;

namespace Rel4.Samples.Kv.Gateway;

/// <summary>Has a client's requests carried out, and sends the replies to its commands in order.</summary>
internal sealed class ReplyPump(ClientSession session, IStore[] stores, IConnection connection)
{
    /// <summary>So much is gathered before it is sent.</summary>
    private const int FlushSize = 64 * 1024;

    private readonly StoreReplies[] _stores = [.. stores.Select((store, number) => new StoreReplies(session.Batches[number], store))];
    private ArrayBufferWriter<byte> _output = new();

    /// <summary>Replies to all commands that the session has gathered.</summary>
    /// <exception cref="InvalidReplyException">A store sent what is no reply.</exception>
    public async CoTask AnswerAsync()
    {
        int written = 0;
        foreach (StoreReplies store in _stores)
            store.Begin();
        foreach (PendingReply pending in session.Pending)
        {
            if (pending.Source == ReplySource.Gateway)
            {
                _output.Write(session.Reply.WrittenSpan.Slice(written, pending.Length));
                written += pending.Length;
            }
            else if (!await TryNextAsync(pending.Store))
            {
                // What one store has not carried out, another may have.
                _output.WriteError(pending.Store == PendingReply.AllStores ? Errors.StoreLost : _stores[pending.Store].Error!);
            }
            else if (pending.Source == ReplySource.Keyspace)
            {
                WriteKeyspace(pending);
            }
            else if (pending.Store == PendingReply.AllStores)
            {
                Write(ReadSum(pending.Store), pending.Version);
            }
            else
            {
                await WriteAsync(_stores[pending.Store], pending.Version);
            }

            if (_output.WrittenCount >= FlushSize)
                await FlushAsync();
        }

        foreach (StoreReplies store in _stores)
            store.Clear();
        session.Clear();
    }

    /// <summary>Sends what has been gathered.</summary>
    public async CoTask FlushAsync()
    {
        await connection.WriteAsync(_output.WrittenMemory);
        _output = _output.Renew();
    }

    /// <summary>Goes on to the next reply of a store, or of all.</summary>
    /// <returns>False if a store has none.</returns>
    private CoTask<bool> TryNextAsync(int store) => store == PendingReply.AllStores ? TryNextOfAllAsync() : _stores[store].TryNextAsync();

    private async CoTask<bool> TryNextOfAllAsync()
    {
        bool isThere = true;
        foreach (StoreReplies store in _stores)
            isThere &= await store.TryNextAsync();
        if (isThere)
            return true;
        // The replies of the others are for nobody, and those behind them are for the next commands.
        foreach (StoreReplies store in _stores.Where(store => store.Error is null))
            store.Skip();
        return false;
    }

    /// <summary>Reads the next item of a store's reply; of all stores' replies, which are of one kind, the sum of the numbers.</summary>
    private ReplyItem ReadSum(int store)
    {
        if (store != PendingReply.AllStores)
            return _stores[store].Read();
        ReplyItem sum = _stores[0].Read();
        foreach (StoreReplies other in _stores.AsSpan(1))
        {
            ReplyItem item = other.Read();
            if (item.Kind != sum.Kind || item.Kind is ReplyKind.Bytes or ReplyKind.Error)
                throw new InvalidReplyException();
            sum = sum with { Number = sum.Number + item.Number };
        }

        return sum;
    }

    /// <summary>Writes the store's next reply. An array is followed by its elements in both protocols, so one loop does for all.</summary>
    private async CoTask WriteAsync(StoreReplies store, RespVersion version)
    {
        for (long remaining = 1; remaining > 0; remaining--)
        {
            ReplyItem token = store.Read();
            if (token.Bytes.Length > FlushSize)
                await WriteLargeAsync(token.Bytes);
            else
                Write(token, version);
            if (_output.WrittenCount >= FlushSize)
                await FlushAsync();
            remaining += token.Kind == ReplyKind.Array ? token.Number : 0;
        }
    }

    private void Write(ReplyItem token, RespVersion version)
    {
        switch (token.Kind)
        {
            case ReplyKind.Done:
                _output.WriteSimple("OK");
                break;
            case ReplyKind.Null:
                _output.WriteNull(version);
                break;
            case ReplyKind.Integer:
                _output.WriteInteger(token.Number);
                break;
            case ReplyKind.Bytes:
                _output.WriteBulk(token.Bytes.Span);
                break;
            case ReplyKind.Array:
                _output.WriteArrayHeader(token.Number);
                break;
            default:
                _output.WriteError(Errors.Describe((StoreError)token.Number));
                break;
        }
    }

    /// <summary>Writes a large value in parts, none before the client has taken most of those before.</summary>
    private async CoTask WriteLargeAsync(ReadOnlyMemory<byte> bytes)
    {
        _output.WriteBulkHeader(bytes.Length);
        for (int position = 0; position < bytes.Length; position += FlushSize)
        {
            _output.Write(bytes.Span.Slice(position, Math.Min(FlushSize, bytes.Length - position)));
            await FlushAsync();
        }

        _output.WriteBulkEnd();
    }

    private void WriteKeyspace(PendingReply pending)
    {
        long databases = StoreRequest.Databases * (pending.Store == PendingReply.AllStores ? _stores.Length : 1);
        if (ReadSum(pending.Store) is not { Kind: ReplyKind.Array } header || header.Number != 2 * databases)
            throw new InvalidReplyException();
        var text = new StringBuilder(pending.Text).Append("# Keyspace\r\n");
        for (int database = 0; database < StoreRequest.Databases; database++)
        {
            (long keys, long expires) = (ReadSum(pending.Store).Number, ReadSum(pending.Store).Number);
            if (keys > 0)
                text.Append(CultureInfo.InvariantCulture, $"db{database}:keys={keys},expires={expires},avg_ttl=0\r\n");
        }

        _output.WriteText(pending.Version, text.ToString());
    }
}
