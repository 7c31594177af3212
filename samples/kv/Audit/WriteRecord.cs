using System.Buffers.Binary;
using Rel4.Samples.Kv.Protocol;

namespace Rel4.Samples.Kv.Audit;

/// <summary>Is what the audit hears of a change.</summary>
/// <remarks>
/// Little-endian:
/// <code>
///  0        2    3    4          12           16             20
/// +--------+----+----+----------+------------+--------------+-----------------+
/// | length | op | db | sequence | key length | value length | key, at most 64 |
/// +--------+----+----+----------+------------+--------------+-----------------+
/// </code>
/// </remarks>
/// <param name="Sequence">Counts the changes of one run of the store, from 1 on.</param>
/// <param name="Operation">What was done.</param>
/// <param name="Database">To which database.</param>
/// <param name="KeyLength">The bytes of the key.</param>
/// <param name="ValueLength">The bytes of the value.</param>
internal readonly record struct WriteRecord(ulong Sequence, StoreOperation Operation, int Database, int KeyLength, int ValueLength)
{
    /// <summary>So much of a key is told.</summary>
    public const int ToldKey = 64;

    /// <summary>The largest record.</summary>
    public const int LargestSize = HeaderSize + ToldKey;

    private const int HeaderSize = 20;

    /// <summary>Writes a record.</summary>
    /// <returns>Its length.</returns>
    public int Write(Span<byte> place, ReadOnlySpan<byte> key)
    {
        ReadOnlySpan<byte> told = key[..Math.Min(key.Length, ToldKey)];
        int length = HeaderSize + told.Length;
        BinaryPrimitives.WriteUInt16LittleEndian(place, (ushort)length);
        place[2] = (byte)Operation;
        place[3] = (byte)Database;
        BinaryPrimitives.WriteUInt64LittleEndian(place[4..], Sequence);
        BinaryPrimitives.WriteInt32LittleEndian(place[12..], KeyLength);
        BinaryPrimitives.WriteInt32LittleEndian(place[16..], ValueLength);
        told.CopyTo(place[HeaderSize..]);
        return length;
    }

    /// <summary>Finds how many bytes of records can be sent at once without cutting one.</summary>
    public static int LengthOfSome(ReadOnlySpan<byte> records, int most)
    {
        int length = 0;
        while (length < records.Length)
        {
            int next = length + BinaryPrimitives.ReadUInt16LittleEndian(records[length..]);
            if (next > most)
                break;
            length = next;
        }

        return length;
    }

    /// <summary>Reads the next record.</summary>
    /// <returns>False if there is none, or what is there is none.</returns>
    public static bool TryRead(ref ReadOnlySpan<byte> records, out WriteRecord record, out ReadOnlySpan<byte> key)
    {
        record = default;
        key = default;
        if (records.Length < HeaderSize)
            return false;
        int length = BinaryPrimitives.ReadUInt16LittleEndian(records);
        if (length < HeaderSize || length > records.Length)
            return false;
        record = new WriteRecord(
            BinaryPrimitives.ReadUInt64LittleEndian(records[4..]),
            (StoreOperation)records[2],
            records[3],
            BinaryPrimitives.ReadInt32LittleEndian(records[12..]),
            BinaryPrimitives.ReadInt32LittleEndian(records[16..]));
        key = records[HeaderSize..length];
        records = records[length..];
        return true;
    }
}
