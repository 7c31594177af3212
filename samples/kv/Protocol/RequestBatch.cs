using System.Buffers;
using System.Buffers.Binary;
using Rel4.Samples.Kv.Resp;

namespace Rel4.Samples.Kv.Protocol;

/// <summary>Gathers requests to the store (<see cref="StoreRequest"/>).</summary>
internal sealed class RequestBatch
{
    private readonly List<int> _starts = [];
    private ArrayBufferWriter<byte> _bytes = new(256);

    /// <summary>Gets how many bytes there are.</summary>
    public int Length => _bytes.WrittenCount;

    /// <summary>Gets how many requests there are.</summary>
    public int Count => _starts.Count;

    /// <summary>Gets the bytes of a request and all behind it.</summary>
    public ReadOnlyMemory<byte> From(int request) => _bytes.WrittenMemory[_starts[request]..];

    /// <summary>Adds a request without words.</summary>
    public void Add(StoreOperation operation, int database) =>
        WriteHeader(StoreRequest.HeaderSize, operation, database, StoreFlags.None, number: 0, words: 0);

    /// <summary>Adds a request whose words are those of a command.</summary>
    /// <param name="words">The command.</param>
    /// <param name="first">Its first word that the request has.</param>
    /// <param name="count">How many the request has.</param>
    public void Add(StoreOperation operation, int database, StoreFlags flags, long number, RespCommand words, int first, int count)
    {
        int length = StoreRequest.HeaderSize;
        for (int i = first; i < first + count; i++)
            length += sizeof(int) + words[i].Length;
        WriteHeader(length, operation, database, flags, number, count);
        for (int i = first; i < first + count; i++)
            WriteWord(words[i]);
    }

    /// <summary>Adds a request to go on with a scan.</summary>
    public void AddScan(int database, long cursor, long count, ReadOnlySpan<byte> pattern)
    {
        int length = StoreRequest.HeaderSize + (2 * sizeof(int)) + sizeof(long) + pattern.Length;
        WriteHeader(length, StoreOperation.Scan, database, StoreFlags.None, cursor, 2);
        Span<byte> word = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(word, count);
        WriteWord(word);
        WriteWord(pattern);
    }

    /// <summary>Removes all requests.</summary>
    public void Clear()
    {
        _starts.Clear();
        _bytes = _bytes.Renew();
    }

    private void WriteHeader(int length, StoreOperation operation, int database, StoreFlags flags, long number, int words)
    {
        _starts.Add(_bytes.WrittenCount);
        Span<byte> header = _bytes.GetSpan(length);
        BinaryPrimitives.WriteInt32LittleEndian(header, length);
        header[4] = (byte)operation;
        header[5] = (byte)database;
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], (ushort)flags);
        BinaryPrimitives.WriteInt64LittleEndian(header[8..], number);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], words);
        _bytes.Advance(StoreRequest.HeaderSize);
    }

    private void WriteWord(ReadOnlySpan<byte> word)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.GetSpan(sizeof(int)), word.Length);
        _bytes.Advance(sizeof(int));
        _bytes.Write(word);
    }
}
