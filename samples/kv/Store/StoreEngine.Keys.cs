using System.Buffers;
using System.Buffers.Text;
using Rel4.Samples.Kv.Protocol;
using Rel4.Samples.Kv.Resp;

namespace Rel4.Samples.Kv.Store;

/// <content>What is done with keys.</content>
internal sealed partial class StoreEngine
{
    private long Delete(Keyspace keys, StoreRequest request)
    {
        long deleted = 0;
        StoreWords words = request.Words;
        while (words.TryNext(out ReadOnlySpan<byte> key))
        {
            if (keys.Find(key, _now) is >= 0 and var slot)
            {
                keys.Remove(slot);
                writes?.Add(StoreOperation.Delete, request.Database, key, 0);
                deleted++;
            }
        }

        return deleted;
    }

    private long CountExisting(Keyspace keys, StoreWords words)
    {
        long existing = 0;
        while (words.TryNext(out ReadOnlySpan<byte> key))
            existing += keys.Find(key, _now) >= 0 ? 1 : 0;
        return existing;
    }

    /// <summary>Writes a cursor, which is text to clients.</summary>
    private static void WriteCursor(long cursor, IBufferWriter<byte> replies)
    {
        Span<byte> text = stackalloc byte[DecimalInteger.LongestText];
        Utf8Formatter.TryFormat(cursor, text, out int length);
        replies.WriteBytes(text[..length]);
    }

    private long Expire(Keyspace keys, StoreRequest request)
    {
        ReadOnlySpan<byte> key = request.Words.Next();
        int slot = keys.Find(key, _now);
        if (slot < 0)
            return 0;
        long current = keys.Expiry(slot), wanted = request.Number;
        StoreFlags flags = request.Flags;
        if ((flags.HasFlag(StoreFlags.OnlyIfAbsent) && current != 0)
            || (flags.HasFlag(StoreFlags.OnlyIfPresent) && current == 0)
            || (flags.HasFlag(StoreFlags.OnlyIfLater) && (current == 0 || wanted <= current))
            || (flags.HasFlag(StoreFlags.OnlyIfSooner) && current != 0 && wanted >= current))
        {
            return 0;
        }

        if (wanted <= _now)
            keys.Remove(slot);
        else
            keys.SetExpiry(slot, wanted);
        writes?.Add(wanted <= _now ? StoreOperation.Delete : StoreOperation.Expire, request.Database, key, 0);
        return 1;
    }

    private long TimeToLive(Keyspace keys, ReadOnlySpan<byte> key)
    {
        int slot = keys.Find(key, _now);
        if (slot < 0)
            return -2;
        long expiry = keys.Expiry(slot);
        return expiry == 0 ? -1 : (expiry - _now + 500) / 1000;
    }

    /// <summary>Writes those of the keys found that match, and forgets them. An empty pattern matches all.</summary>
    private void WriteMatches(ReadOnlySpan<byte> pattern, IBufferWriter<byte> replies)
    {
        if (!pattern.IsEmpty && !pattern.SequenceEqual("*"u8))
        {
            int matches = 0;
            for (int i = 0; i < _found.Count; i++)
            {
                if (GlobPattern.IsMatch(pattern, _found[i]))
                    _found[matches++] = _found[i];
            }

            _found.RemoveRange(matches, _found.Count - matches);
        }

        if (_found.Sum(key => sizeof(int) + (long)key.Length) > StoreRequest.LargestContent)
        {
            replies.WriteRefusal(StoreError.ReplyTooLarge);
        }
        else
        {
            replies.WriteArray(_found.Count);
            foreach (byte[] key in _found)
                replies.WriteBytes(key);
        }

        _found.Clear();
    }

    private void WriteStatistics(IBufferWriter<byte> replies)
    {
        replies.WriteArray(2 * _databases.Length);
        foreach (Keyspace database in _databases)
        {
            replies.WriteNumber(database.Count);
            replies.WriteNumber(database.Expiring);
        }
    }
}
