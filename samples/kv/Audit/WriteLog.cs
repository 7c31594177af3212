using System.Buffers;
using Rel4.Samples.Kv.Protocol;

namespace Rel4.Samples.Kv.Audit;

/// <summary>Keeps what the audit has not been told yet.</summary>
internal sealed class WriteLog
{
    private ArrayBufferWriter<byte> _records = new();
    private ArrayBufferWriter<byte> _taken = new();
    private ulong _sequence;

    /// <summary>Gets the records, one behind the other.</summary>
    public ReadOnlyMemory<byte> Records => _records.WrittenMemory;

    /// <summary>Takes note of a change.</summary>
    public void Add(StoreOperation operation, int database, ReadOnlySpan<byte> key, int valueLength)
    {
        var record = new WriteRecord(++_sequence, operation, database, key.Length, valueLength);
        _records.Advance(record.Write(_records.GetSpan(WriteRecord.LargestSize), key));
    }

    /// <summary>Forgets the records.</summary>
    public void Clear() => _records = _records.Renew();

    /// <summary>Hands the records over. They stay as they are until the next time.</summary>
    public ReadOnlyMemory<byte> Take()
    {
        (_taken, _records) = (_records, _taken.Renew());
        return _taken.WrittenMemory;
    }
}
