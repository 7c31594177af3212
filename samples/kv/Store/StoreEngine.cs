using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using Rel4.Samples.Kv.Audit;
using Rel4.Samples.Kv.Protocol;
using Rel4.Samples.Kv.Resp;

namespace Rel4.Samples.Kv.Store;

/// <summary>Carries out requests on the databases. Not for use by several threads at once.</summary>
/// <param name="time">The clock that keys expire by.</param>
/// <param name="writes">Takes note of every change, or null.</param>
internal sealed class StoreEngine(TimeProvider time, WriteLog? writes = null)
{
    /// <summary>Replies to a batch end once they are this long, so that a long batch of reads does not take all memory.</summary>
    public const int ReplyGoal = 8 << 20;

    /// <summary>No reply has more bytes of values than this, so that a message of replies is less than 1 GiB.</summary>
    private const long LongestReply = 1_000_000_000;

    /// <summary>How often <see cref="Sweep"/> should be called.</summary>
    public static readonly TimeSpan SweepInterval = TimeSpan.FromMilliseconds(100);

    private const int SlotsPerSweep = 10_000;

    private readonly Keyspace[] _databases = [.. Enumerable.Range(0, StoreRequest.Databases).Select(_ => new Keyspace())];
    private readonly List<byte[]> _found = [];
    private long _now;

    /// <summary>Carries out the requests of a batch, in order.</summary>
    /// <param name="batch">The requests. What can't be read is refused, and what is behind it too.</param>
    /// <param name="replies">Takes the replies to as many of them as were carried out, at least one.</param>
    public void Execute(ReadOnlySpan<byte> batch, ArrayBufferWriter<byte> replies)
    {
        _now = time.GetUtcNow().ToUnixTimeMilliseconds();
        int end = replies.WrittenCount + ReplyGoal;
        while (!batch.IsEmpty && replies.WrittenCount < end)
        {
            if (!StoreRequest.TryRead(ref batch, out StoreRequest request))
            {
                replies.WriteRefusal(StoreError.Malformed);
                return;
            }

            Execute(request, replies);
        }
    }

    /// <summary>Removes expired keys that nobody asks for: looks at some slots of each database, and at the next ones the next time.</summary>
    public void Sweep()
    {
        _now = time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (Keyspace database in _databases)
            database.Sweep(_now, SlotsPerSweep);
    }

    private void Execute(StoreRequest request, IBufferWriter<byte> replies)
    {
        Keyspace keys = _databases[request.Database];
        StoreWords words = request.Words;
        switch (request.Operation)
        {
            case StoreOperation.Get:
                WriteValue(keys, words.Next(), replies);
                break;
            case StoreOperation.Set:
                Set(keys, request, replies);
                break;
            case StoreOperation.Delete:
                replies.WriteNumber(Delete(keys, request));
                break;
            case StoreOperation.Exists:
                replies.WriteNumber(CountExisting(keys, words));
                break;
            case StoreOperation.Increment:
                Increment(keys, request, replies);
                break;
            case StoreOperation.GetMany:
                GetMany(keys, request, replies);
                break;
            case StoreOperation.SetMany:
                SetMany(keys, request, replies);
                break;
            case StoreOperation.Expire:
                replies.WriteNumber(Expire(keys, request));
                break;
            case StoreOperation.TimeToLive:
                replies.WriteNumber(TimeToLive(keys, words.Next()));
                break;
            case StoreOperation.Keys:
                keys.Scan(0, long.MaxValue, _now, _found);
                WriteMatches(words.Next(), replies);
                break;
            case StoreOperation.Scan when request.WordCount == 2 && words.Next() is { Length: sizeof(long) } count:
                long next = keys.Scan(request.Number, BinaryPrimitives.ReadInt64LittleEndian(count), _now, _found);
                replies.WriteArray(2);
                WriteCursor(next, replies);
                WriteMatches(words.Next(), replies);
                break;
            case StoreOperation.Count:
                replies.WriteNumber(keys.Count);
                break;
            case StoreOperation.Flush:
                keys.Clear();
                writes?.Add(StoreOperation.Flush, request.Database, [], 0);
                replies.WriteDone();
                break;
            case StoreOperation.Statistics:
                WriteStatistics(replies);
                break;
            default:
                replies.WriteRefusal(StoreError.Malformed);
                break;
        }
    }

    /// <summary>Writes a cursor, which is text to clients.</summary>
    private static void WriteCursor(long cursor, IBufferWriter<byte> replies)
    {
        Span<byte> text = stackalloc byte[DecimalInteger.LongestText];
        Utf8Formatter.TryFormat(cursor, text, out int length);
        replies.WriteBytes(text[..length]);
    }

    private void WriteValue(Keyspace keys, ReadOnlySpan<byte> key, IBufferWriter<byte> replies)
    {
        int slot = keys.Find(key, _now);
        if (slot < 0)
            replies.WriteNull();
        else
            replies.WriteBytes(keys.Value(slot));
    }

    private void Set(Keyspace keys, StoreRequest request, IBufferWriter<byte> replies)
    {
        StoreWords words = request.Words;
        ReadOnlySpan<byte> key = words.Next(), value = words.Next();
        int slot = keys.Find(key, _now);
        bool isSet = !request.Flags.HasFlag(slot < 0 ? StoreFlags.OnlyIfPresent : StoreFlags.OnlyIfAbsent);
        if (request.Flags.HasFlag(StoreFlags.ReturnOld))
            WriteValue(keys, key, replies);
        else if (isSet)
            replies.WriteDone();
        else
            replies.WriteNull();
        if (isSet)
        {
            long expiry = slot >= 0 && request.Flags.HasFlag(StoreFlags.KeepExpiry) ? keys.Expiry(slot) : request.Number;
            Put(keys, request.Database, slot, key, value, expiry);
        }
    }

    private void Put(Keyspace keys, int database, int slot, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long expiry)
    {
        if (slot < 0)
        {
            keys.Add(key, value, expiry);
        }
        else
        {
            keys.SetValue(slot, value);
            keys.SetExpiry(slot, expiry);
        }

        writes?.Add(StoreOperation.Set, database, key, value.Length);
    }

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

    private void Increment(Keyspace keys, StoreRequest request, IBufferWriter<byte> replies)
    {
        ReadOnlySpan<byte> key = request.Words.Next();
        int slot = keys.Find(key, _now);
        long value = 0;
        if (slot >= 0 && !DecimalInteger.TryParse(keys.Value(slot), out value))
        {
            replies.WriteRefusal(StoreError.NotAnInteger);
            return;
        }

        long sum = unchecked(value + request.Number);
        if ((request.Number > 0) != (sum > value) && request.Number != 0)
        {
            replies.WriteRefusal(StoreError.Overflow);
            return;
        }

        Span<byte> text = stackalloc byte[DecimalInteger.LongestText];
        Utf8Formatter.TryFormat(sum, text, out int length);
        if (slot < 0)
            keys.Add(key, text[..length], expiry: 0);
        else
            keys.SetValue(slot, text[..length]);
        writes?.Add(StoreOperation.Increment, request.Database, key, length);
        replies.WriteNumber(sum);
    }

    private void GetMany(Keyspace keys, StoreRequest request, IBufferWriter<byte> replies)
    {
        long length = 0;
        StoreWords words = request.Words;
        while (words.TryNext(out ReadOnlySpan<byte> key))
            length += keys.Find(key, _now) is >= 0 and var slot ? keys.Value(slot).Length : 0;
        if (length > LongestReply)
        {
            replies.WriteRefusal(StoreError.ReplyTooLarge);
            return;
        }

        replies.WriteArray(request.WordCount);
        words = request.Words;
        while (words.TryNext(out ReadOnlySpan<byte> key))
            WriteValue(keys, key, replies);
    }

    private void SetMany(Keyspace keys, StoreRequest request, IBufferWriter<byte> replies)
    {
        StoreWords words = request.Words;
        while (words.TryNext(out ReadOnlySpan<byte> key))
            Put(keys, request.Database, keys.Find(key, _now), key, words.Next(), expiry: 0);
        replies.WriteDone();
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

        if (_found.Sum(key => sizeof(int) + (long)key.Length) > LongestReply)
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
