using System.Buffers.Binary;

namespace Rel4.Samples.Kv.Protocol;

/// <summary>Is what the gateway asks of the store: one request of a batch, read in place.</summary>
/// <remarks>
/// Little-endian:
/// <code>
///  0        4    5    6      8         16          20
/// +--------+----+----+------+---------+-----------+---------------------------+
/// | length | op | db | flags| number  | words     | words: length (4), bytes  |
/// +--------+----+----+------+---------+-----------+---------------------------+
/// </code>
/// The length counts the whole request. A batch is requests one behind the other, and is carried out in order.
/// The store does not trust the gateway: <see cref="TryRead"/> checks every length before anything is done.
/// </remarks>
internal readonly ref struct StoreRequest
{
    /// <summary>The bytes before the words.</summary>
    public const int HeaderSize = 20;

    /// <summary>The longest message between gateway and store, either way, and so the most that one may have lying in the other's memory.</summary>
    public const int LongestMessage = 128 << 20;

    /// <summary>The most bytes of words in a request, and of values in a reply.</summary>
    /// <remarks>The rest of a message is for what comes before them in a batch, 1 MiB at most, and for the lengths of a million words.</remarks>
    public const int LargestContent = LongestMessage - (16 << 20);

    /// <summary>The longest key or value.</summary>
    /// <remarks>
    /// Redis takes 512 MiB by default (<c>proto-max-bulk-len</c>). Then one of the two could make the other keep 1 GiB for what it has only begun to send.
    /// </remarks>
    public const int LongestWord = 64 << 20;

    /// <summary>Numbers of databases are below this.</summary>
    public const int Databases = 16;

    private readonly ReadOnlySpan<byte> _bytes;

    private StoreRequest(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Gets what is asked.</summary>
    public StoreOperation Operation => (StoreOperation)_bytes[4];

    /// <summary>Gets the number of the database, below <see cref="Databases"/>.</summary>
    public int Database => _bytes[5];

    /// <summary>Gets conditions and wishes.</summary>
    public StoreFlags Flags => (StoreFlags)BinaryPrimitives.ReadUInt16LittleEndian(_bytes[6..]);

    /// <summary>Gets the number, whose meaning depends on the operation. Times are Unix milliseconds.</summary>
    public long Number => BinaryPrimitives.ReadInt64LittleEndian(_bytes[8..]);

    /// <summary>Gets how many words there are.</summary>
    public int WordCount => BinaryPrimitives.ReadInt32LittleEndian(_bytes[16..]);

    /// <summary>Gets the words.</summary>
    public StoreWords Words => new(_bytes[HeaderSize..]);

    /// <summary>Reads the next request of a batch.</summary>
    /// <param name="batch">The batch, of which it is taken.</param>
    /// <param name="request">The request, all of whose lengths are right.</param>
    /// <returns>False if this is no request; nothing behind it can be read either.</returns>
    public static bool TryRead(ref ReadOnlySpan<byte> batch, out StoreRequest request)
    {
        request = default;
        if (batch.Length < HeaderSize)
            return false;
        int length = BinaryPrimitives.ReadInt32LittleEndian(batch);
        if (length < HeaderSize || length > batch.Length)
            return false;
        request = new StoreRequest(batch[..length]);
        batch = batch[length..];
        return request.Database < Databases && HasWords(request);
    }

    private static bool HasWords(StoreRequest request)
    {
        ReadOnlySpan<byte> rest = request._bytes[HeaderSize..];
        for (int i = 0; i < request.WordCount; i++)
        {
            if (rest.Length < sizeof(int))
                return false;
            int length = BinaryPrimitives.ReadInt32LittleEndian(rest);
            if (length < 0 || length > rest.Length - sizeof(int))
                return false;
            rest = rest[(sizeof(int) + length)..];
        }

        return rest.IsEmpty;
    }
}

/// <summary>Goes through the words of a request, whose lengths have been checked.</summary>
/// <param name="bytes">Where they are.</param>
internal ref struct StoreWords(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>Takes the next word.</summary>
    /// <returns>False if there is none.</returns>
    public bool TryNext(out ReadOnlySpan<byte> word)
    {
        word = default;
        if (_rest.IsEmpty)
            return false;
        int length = BinaryPrimitives.ReadInt32LittleEndian(_rest);
        word = _rest.Slice(sizeof(int), length);
        _rest = _rest[(sizeof(int) + length)..];
        return true;
    }

    /// <summary>Takes the next word, which is empty if there is none.</summary>
    public ReadOnlySpan<byte> Next()
    {
        TryNext(out ReadOnlySpan<byte> word);
        return word;
    }
}
