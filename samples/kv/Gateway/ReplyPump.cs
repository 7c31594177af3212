using System.Buffers;
using System.Globalization;
using System.Text;
using Rel4.Runtime;
using Rel4.Samples.Kv.Gateway.Stores;
using Rel4.Samples.Kv.Protocol;
using Rel4.Samples.Kv.Resp;

namespace Rel4.Samples.Kv.Gateway;

/// <summary>Has a client's requests carried out, and sends the replies to its commands in order.</summary>
internal sealed class ReplyPump(ClientSession session, IStore store, IConnection connection)
{
    /// <summary>So much is gathered before it is sent.</summary>
    private const int FlushSize = 64 * 1024;

    private ArrayBufferWriter<byte> _output = new(), _replies = new();
    private ReplyReader _reader;
    private int _answered;

    /// <summary>Replies to all commands of the session's batch.</summary>
    /// <exception cref="InvalidReplyException">The store sent what is no reply.</exception>
    public async CoTask AnswerAsync()
    {
        int written = 0;
        bool isStoreLost = false;
        _reader = default;
        _answered = 0;
        foreach (PendingReply pending in session.Pending)
        {
            if (pending.Source == ReplySource.Gateway)
            {
                _output.Write(session.Reply.WrittenSpan.Slice(written, pending.Length));
                written += pending.Length;
            }
            else if (isStoreLost || !await TryFetchAsync())
            {
                isStoreLost = true;
                _output.WriteError(Errors.StoreRestarted);
            }
            else
            {
                _answered++;
                if (pending.Source == ReplySource.Keyspace)
                    WriteKeyspace(pending);
                else
                    await WriteAsync(pending.Version);
            }

            if (_output.WrittenCount >= FlushSize)
                await FlushAsync();
        }

        _replies = _replies.Renew();
        session.Clear();
    }

    /// <summary>Sends what has been gathered.</summary>
    public async CoTask FlushAsync()
    {
        await connection.WriteAsync(_output.WrittenMemory);
        _output = _output.Renew();
    }

    /// <summary>Makes sure that there is a reply to read. The store may have carried out a part of the batch only.</summary>
    /// <returns>False if the store ended.</returns>
    private async CoTask<bool> TryFetchAsync()
    {
        if (!_reader.IsAtEnd)
            return true;
        _replies = _replies.Renew();
        try
        {
            await store.ExecuteAsync(session.Batch.From(_answered), _replies);
        }
        catch (StoreUnavailableException)
        {
            return false;
        }

        _reader = new ReplyReader(_replies.WrittenMemory);
        return true;
    }

    /// <summary>Writes the store's next reply. An array is followed by its elements in both protocols, so one loop does for all.</summary>
    private async CoTask WriteAsync(RespVersion version)
    {
        for (long remaining = 1; remaining > 0; remaining--)
        {
            ReplyItem token = _reader.Read();
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
        if (_reader.Read() is not { Kind: ReplyKind.Array, Number: 2 * StoreRequest.Databases })
            throw new InvalidReplyException();
        var text = new StringBuilder(pending.Text).Append("# Keyspace\r\n");
        for (int database = 0; database < StoreRequest.Databases; database++)
        {
            (long keys, long expires) = (_reader.Read().Number, _reader.Read().Number);
            if (keys > 0)
                text.Append(CultureInfo.InvariantCulture, $"db{database}:keys={keys},expires={expires},avg_ttl=0\r\n");
        }

        _output.WriteText(pending.Version, text.ToString());
    }
}
