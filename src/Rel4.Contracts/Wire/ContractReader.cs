using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Rel4.Contracts.Wire;

/// <summary>A message that generated code reads.</summary>
/// <remarks>
/// Never throws: what isn't there, or can't be, is a default value, and the reader has failed then. What it makes takes
/// memory in proportion to the message's bytes.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public ref struct ContractReader
{
    private const int FirstItems = 1024;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly IContractSerializer? _serializer;
    private int _read;

    internal ContractReader(ReadOnlySpan<byte> bytes, IContractSerializer? serializer)
    {
        _bytes = bytes;
        _serializer = serializer;
    }

    /// <summary>Gets whether something was not there.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Gets whether all is read.</summary>
    public readonly bool IsAtEnd => _read == _bytes.Length;

    /// <summary>Reads a value.</summary>
    public bool ReadBoolean()
    {
        byte value = ReadRaw<byte>();
        HasFailed |= value > 1;
        return value == 1;
    }

    /// <inheritdoc cref="ReadBoolean"/>
    public byte ReadByte() => ReadRaw<byte>();

    /// <inheritdoc cref="ReadBoolean"/>
    public sbyte ReadSByte() => ReadRaw<sbyte>();

    /// <inheritdoc cref="ReadBoolean"/>
    public short ReadInt16() => ReadRaw<short>();

    /// <inheritdoc cref="ReadBoolean"/>
    public ushort ReadUInt16() => ReadRaw<ushort>();

    /// <inheritdoc cref="ReadBoolean"/>
    public char ReadChar() => (char)ReadRaw<ushort>();

    /// <inheritdoc cref="ReadBoolean"/>
    public int ReadInt32() => ReadRaw<int>();

    /// <inheritdoc cref="ReadBoolean"/>
    public uint ReadUInt32() => ReadRaw<uint>();

    /// <inheritdoc cref="ReadBoolean"/>
    public long ReadInt64() => ReadRaw<long>();

    /// <inheritdoc cref="ReadBoolean"/>
    public ulong ReadUInt64() => ReadRaw<ulong>();

    /// <inheritdoc cref="ReadBoolean"/>
    public float ReadSingle() => ReadRaw<float>();

    /// <inheritdoc cref="ReadBoolean"/>
    public double ReadDouble() => ReadRaw<double>();

    /// <inheritdoc cref="ReadBoolean"/>
    public Guid ReadGuid() => ReadRaw<Guid>();

    /// <inheritdoc cref="ReadBoolean"/>
    public TimeSpan ReadTimeSpan() => new(ReadRaw<long>());

    /// <inheritdoc cref="ReadBoolean"/>
    public DateTime ReadDateTime()
    {
        long ticks = ReadRaw<long>();
        byte kind = ReadRaw<byte>();
        if (!AreTicks(ticks) || kind > (byte)DateTimeKind.Local)
            return Fail<DateTime>();
        return new DateTime(ticks, (DateTimeKind)kind);
    }

    /// <inheritdoc cref="ReadBoolean"/>
    public DateTimeOffset ReadDateTimeOffset()
    {
        long ticks = ReadRaw<long>();
        short minutes = ReadRaw<short>();
        if (!AreTicks(ticks) || Math.Abs((int)minutes) > 14 * 60 || !AreTicks(ticks - (minutes * TimeSpan.TicksPerMinute)))
            return Fail<DateTimeOffset>();
        return new DateTimeOffset(ticks, TimeSpan.FromMinutes((int)minutes));
    }

    /// <inheritdoc cref="ReadBoolean"/>
    public decimal ReadDecimal()
    {
        int low = ReadRaw<int>(), middle = ReadRaw<int>(), high = ReadRaw<int>(), flags = ReadRaw<int>();
        byte scale = (byte)(flags >> 16);
        if ((flags & 0x7F00FFFF) != 0 || scale > 28)
            return Fail<decimal>();
        return new decimal(low, middle, high, isNegative: flags < 0, scale);
    }

    /// <inheritdoc cref="ReadBoolean"/>
    public string ReadString() => ReadOptionalString() ?? Fail<string>() ?? "";

    /// <summary>Reads a value; null if there is none.</summary>
    public string? ReadOptionalString() => TryReadBytes(out ReadOnlySpan<byte> bytes) ? Encoding.UTF8.GetString(bytes) : null;

    /// <inheritdoc cref="ReadBoolean"/>
    public byte[] ReadBytes() => ReadOptionalBytes() ?? Fail<byte[]>() ?? [];

    /// <inheritdoc cref="ReadOptionalString"/>
    public byte[]? ReadOptionalBytes() => TryReadBytes(out ReadOnlySpan<byte> bytes) ? bytes.ToArray() : null;

    /// <inheritdoc cref="ReadOptionalString"/>
    public T? ReadNullable<T, TCodec>()
        where T : struct
        where TCodec : IContractCodec<T> => ReadBoolean() ? TCodec.Read(ref this) : null;

    /// <inheritdoc cref="ReadBoolean"/>
    public T[] ReadArray<T, TCodec>()
        where TCodec : IContractCodec<T> => ReadOptionalArray<T, TCodec>() ?? Fail<T[]>() ?? [];

    /// <inheritdoc cref="ReadOptionalString"/>
    public T[]? ReadOptionalArray<T, TCodec>()
        where TCodec : IContractCodec<T>
    {
        int count = ReadRaw<int>();
        if (count < 0)
            return count == -1 ? null : Fail<T[]>();
        // Each item takes a byte at the least.
        if (count > _bytes.Length - _read)
            return Fail<T[]>();
        if (count == 0)
            return [];
        // Grown as items come: a count that lies takes no more memory than a few times what has come.
        var items = new T[Math.Min(count, FirstItems)];
        for (int i = 0; i < count && !HasFailed; i++)
        {
            if (i == items.Length)
                Array.Resize(ref items, (int)Math.Min(count, 2L * items.Length));
            items[i] = TCodec.Read(ref this);
        }

        return items;
    }

    /// <summary>Reads a value by the serializer.</summary>
    public T ReadObject<T>()
    {
        if (!TryReadBytes(out ReadOnlySpan<byte> bytes))
            return Fail<T>()!;
        try
        {
            return _serializer!.Read<T>(bytes.ToArray());
        }
        catch (Exception)
        {
            // Which are a serializer's own, for what makes no sense to it.
            return Fail<T>()!;
        }
    }

    /// <summary>Reads so many bytes; none, and the reader has failed, if there are fewer.</summary>
    internal ReadOnlySpan<byte> ReadSpan(int length)
    {
        if (length > _bytes.Length - _read)
        {
            Fail<byte>();
            return default;
        }

        _read += length;
        return _bytes.Slice(_read - length, length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T ReadRaw<T>()
        where T : struct
    {
        T value = default;
        Span<byte> bytes = MemoryMarshal.AsBytes(new Span<T>(ref value));
        if (_bytes.Length - _read < bytes.Length)
            return Fail<T>();
        _bytes.Slice(_read, bytes.Length).CopyTo(bytes);
        _read += bytes.Length;
        return value;
    }

    /// <summary>Reads a length and as many bytes.</summary>
    /// <returns>False if there are none, or can't be.</returns>
    private bool TryReadBytes(out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        int length = ReadRaw<int>();
        if (HasFailed || length < 0 || length > _bytes.Length - _read)
        {
            HasFailed |= length != -1;
            return false;
        }

        bytes = _bytes.Slice(_read, length);
        _read += length;
        return true;
    }

    private static bool AreTicks(long ticks) => ticks >= DateTime.MinValue.Ticks && ticks <= DateTime.MaxValue.Ticks;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private T? Fail<T>()
    {
        HasFailed = true;
        _read = _bytes.Length;
        return default;
    }
}
