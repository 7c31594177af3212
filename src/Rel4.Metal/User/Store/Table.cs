using System.Buffers.Binary;
using System.Runtime;
using System.Runtime.CompilerServices;

namespace Rel4.Metal.User;

/// <summary>Keeps values by their keys, in memory that never grows: a key has one of the places of one bucket, or none.</summary>
/// <param name="work">Instructions to take before each request.</param>
internal sealed unsafe class Table(ulong work)
{
    private const int BucketBits = 7;
    private const int Places = 8;
    private const ulong Multiplier = 0x9E37_79B9_7F4A_7C15;

    private readonly Entry[] _entries = new Entry[Places << BucketBits];

    /// <summary>Carries a request out.</summary>
    /// <param name="label">Its label.</param>
    /// <param name="request">Its bytes, which the client may change meanwhile: none is read twice.</param>
    /// <param name="reply">Where to write the reply; it may be where the request is.</param>
    /// <param name="bytes">Bytes of the reply.</param>
    public KvStatus Handle(ulong label, ReadOnlySpan<byte> request, Span<byte> reply, out int bytes)
    {
        Work(work);
        bytes = 0;
        if (request.Length < KvMessage.RequestValue)
            return KvStatus.BadRequest;
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(request);
        ulong low = BinaryPrimitives.ReadUInt64LittleEndian(request.Slice(KvMessage.Key));
        ulong high = BinaryPrimitives.ReadUInt64LittleEndian(request.Slice(KvMessage.Key + sizeof(ulong)));
        if ((low | high) == 0 || length > (label == KvLabel.Set ? (ulong)Math.Min(KvMessage.LongestValue, request.Length - KvMessage.RequestValue) : 0))
            return KvStatus.BadRequest;
        int place = Find(low, high, out int free);
        switch (label)
        {
            case KvLabel.Get when place >= 0:
                Entry* found = (Entry*)Unsafe.AsPointer(in _entries[place]);
                BinaryPrimitives.WriteUInt64LittleEndian(reply, (ulong)found->Length);
                new ReadOnlySpan<byte>(found->Value, found->Length).CopyTo(reply.Slice(KvMessage.ReplyValue));
                bytes = KvMessage.ReplyValue + found->Length;
                return KvStatus.Done;
            case KvLabel.Set when place >= 0 || free >= 0:
                Entry* entry = (Entry*)Unsafe.AsPointer(in _entries[place >= 0 ? place : free]);
                entry->Low = low;
                entry->High = high;
                entry->Length = (int)length;
                request.Slice(KvMessage.RequestValue, (int)length).CopyTo(new Span<byte>(entry->Value, KvMessage.LongestValue));
                return KvStatus.Done;
            case KvLabel.Set:
                return KvStatus.Full;
            case KvLabel.Delete when place >= 0:
                _entries[place] = default;
                return KvStatus.Done;
            case KvLabel.Get or KvLabel.Delete:
                return KvStatus.NotFound;
            default:
                return KvStatus.BadRequest;
        }
    }

    private int Find(ulong low, ulong high, out int free)
    {
        free = -1;
        int first = (int)((((high * Multiplier) ^ low) * Multiplier) >> (64 - BucketBits)) * Places;
        for (int i = first; i < first + Places; i++)
        {
            ref Entry entry = ref _entries[i];
            if (entry.Low == low && entry.High == high)
                return i;
            if ((entry.Low | entry.High) == 0 && free < 0)
                free = i;
        }

        return -1;
    }

    [RuntimeImport("*", "store_work")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern void Work(ulong instructions);

    private struct Entry
    {
        public ulong Low;
        public ulong High;
        public int Length;
        public fixed byte Value[KvMessage.LongestValue];
    }
}
