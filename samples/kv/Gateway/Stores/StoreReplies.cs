using System.Buffers;
using Rel4.Runtime;
using Rel4.Samples.Kv.Protocol;

namespace Rel4.Samples.Kv.Gateway.Stores;

/// <summary>Is what one store replies to a client's batch, which it is sent when the first reply is needed.</summary>
internal sealed class StoreReplies(RequestBatch batch, IStore store)
{
    private ArrayBufferWriter<byte> _bytes = new();
    private ReplyReader _reader;
    private int _answered;

    /// <summary>Gets the error that stands for all further replies of the batch; null while there are replies.</summary>
    public string? Error { get; private set; }

    /// <summary>Begins with the replies to a new batch.</summary>
    public void Begin()
    {
        _reader = default;
        _answered = 0;
        Error = null;
    }

    /// <summary>Forgets the replies.</summary>
    public void Clear() => _bytes = _bytes.Renew();

    /// <summary>Goes on to the reply to the next request. The store may have carried out a part of the batch only, and is asked for the rest then.</summary>
    /// <returns>False if there is none, but <see cref="Error"/>.</returns>
    public async CoTask<bool> TryNextAsync()
    {
        if (Error is not null)
            return false;
        if (_reader.IsAtEnd)
        {
            _bytes = _bytes.Renew();
            try
            {
                await store.ExecuteAsync(batch.From(_answered), _bytes);
            }
            catch (StoreUnavailableException failure)
            {
                Error = Errors.Describe(failure);
                return false;
            }

            _reader = new ReplyReader(_bytes.WrittenMemory);
        }

        _answered++;
        return true;
    }

    /// <inheritdoc cref="ReplyReader.Read"/>
    public ReplyItem Read() => _reader.Read();

    /// <summary>Reads all of a reply, for nobody.</summary>
    /// <exception cref="InvalidReplyException">It is none.</exception>
    public void Skip()
    {
        for (long remaining = 1; remaining > 0; remaining--)
        {
            ReplyItem item = _reader.Read();
            remaining += item.Kind == ReplyKind.Array ? item.Number : 0;
        }
    }
}
