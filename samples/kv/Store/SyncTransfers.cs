using System.Buffers;
using Rel4.Abi;
using Rel4.Samples.Kv.Protocol;

namespace Rel4.Samples.Kv.Store;

/// <summary>Puts batches together that come in synchronous messages (<see cref="SyncStep"/>), for each caller on its own.</summary>
/// <param name="engine">Carries them out.</param>
internal sealed class SyncTransfers(StoreEngine engine)
{
    private const int LargestBatch = 1 << 30;

    private readonly Dictionary<ulong, Transfer> _transfers = [];
    private readonly ulong[] _words = new ulong[Limits.MessageWords];

    /// <summary>Takes a message.</summary>
    /// <param name="badge">Tells callers apart.</param>
    /// <param name="label">The <see cref="SyncStep"/>.</param>
    /// <param name="words">The content.</param>
    /// <param name="reply">The words to reply with. They are good until the next call.</param>
    /// <returns>The label to reply with.</returns>
    public ulong Take(ulong badge, ulong label, ReadOnlySpan<ulong> words, out ReadOnlySpan<ulong> reply)
    {
        if (!_transfers.TryGetValue(badge, out Transfer? transfer))
            _transfers[badge] = transfer = new Transfer();
        reply = default;
        bool isMessage = SyncMessage.TryRead(words, out int place, out ReadOnlySpan<byte> bytes);
        switch ((SyncStep)label)
        {
            case SyncStep.Append when isMessage && transfer.TryAppend(place, bytes):
                return 0;
            case SyncStep.Execute when isMessage && transfer.TryAppend(place, bytes):
                transfer.Execute(engine);
                break;
            case SyncStep.Fetch when transfer.Remaining.Length > 0:
                break;
            default:
                transfer.Reset();
                return (ulong)SyncStep.Lost;
        }

        ReadOnlySpan<byte> rest = transfer.Remaining;
        ReadOnlySpan<byte> part = rest[..Math.Min(rest.Length, SyncMessage.Capacity)];
        reply = SyncMessage.Write(_words, rest.Length, part);
        transfer.Sent += part.Length;
        return 0;
    }

    private sealed class Transfer
    {
        private ArrayBufferWriter<byte> _batch = new();
        private ArrayBufferWriter<byte> _replies = new();

        /// <summary>Gets or sets how many bytes of the replies were sent.</summary>
        public int Sent { get; set; }

        /// <summary>Gets the replies that were not sent yet.</summary>
        public ReadOnlySpan<byte> Remaining => _replies.WrittenSpan[Sent..];

        public bool TryAppend(int place, ReadOnlySpan<byte> bytes)
        {
            if (place != _batch.WrittenCount || place > LargestBatch)
                return false;
            _batch.Write(bytes);
            return true;
        }

        public void Execute(StoreEngine engine)
        {
            _replies = _replies.Renew();
            Sent = 0;
            engine.Execute(_batch.WrittenSpan, _replies);
            _batch = _batch.Renew();
        }

        public void Reset()
        {
            _batch = _batch.Renew();
            _replies = _replies.Renew();
            Sent = 0;
        }
    }
}
