using System.Buffers;
using System.Buffers.Text;
using Rel4.Samples.Kv.Protocol;
using Rel4.Samples.Kv.Resp;

namespace Rel4.Samples.Kv.Store;

/// <content>What is done with values.</content>
internal sealed partial class StoreEngine
{
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
        if (length > StoreRequest.LargestContent)
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
}
