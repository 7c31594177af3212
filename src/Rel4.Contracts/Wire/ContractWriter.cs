using System.Buffers;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Rel4.Contracts.Wire;

/// <summary>A message that generated code writes.</summary>
/// <remarks>One is lent to each thread, and has the memory of the longest message so far, up to a limit: in steady state nothing is allocated.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class ContractWriter : IBufferWriter<byte>
{
    private const int FirstBytes = 512, MostKeptBytes = 1 << 20;

    [ThreadStatic]
    private static ContractWriter? t_spare;

    private byte[] _bytes = new byte[FirstBytes];
    private int _written;
    private IContractSerializer? _serializer;

    /// <summary>The activity of the call that the message is of.</summary>
    private Activity? _activity;

    private ContractWriter()
    {
    }

    /// <summary>Gets how many bytes are written.</summary>
    internal int Length => _written;

    /// <summary>Gets what is written.</summary>
    internal ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _written);

    /// <summary>Takes the thread's writer, empty.</summary>
    internal static ContractWriter Rent(IContractSerializer? serializer)
    {
        ContractWriter writer = t_spare ?? new ContractWriter();
        t_spare = null;
        writer._written = 0;
        writer._serializer = serializer;
        return writer;
    }

    /// <summary>Gives a writer back.</summary>
    internal void Return()
    {
        if (_bytes.Length > MostKeptBytes)
            _bytes = new byte[FirstBytes];
        t_spare = this;
    }

    /// <summary>Gives an activity along with the message, to whoever sends it.</summary>
    internal void Attach(Activity activity) => _activity = activity;

    /// <summary>Takes the activity; null if there is none.</summary>
    internal Activity? Detach()
    {
        Activity? activity = _activity;
        if (activity is not null)
            _activity = null;
        return activity;
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _bytes.Length - _written);
        _written += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(_written);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsSpan(_written);
    }

    /// <summary>Writes a value.</summary>
    public void Write(bool value) => WriteRaw((byte)(value ? 1 : 0));

    /// <inheritdoc cref="Write(bool)"/>
    public void Write(byte value) => WriteRaw(value);

    /// <inheritdoc cref="Write(bool)"/>
    public void Write(sbyte value) => WriteRaw(value);

    /// <inheritdoc cref="Write(bool)"/>
    public void Write(short value) => WriteRaw(value);

    /// <inheritdoc cref="Write(bool)"/>
    public void Write(ushort value) => WriteRaw(value);

    /// <inheritdoc cref="Write(bool)"/>
    public void Write(char value) => WriteRaw((ushort)value);

    /// <inheritdoc cref="Write(bool)"/>
    public void Write(int value) => WriteRaw(value);

    /// <inheritdoc cref="Write(bool)"/>
    public void Write(uint value) => WriteRaw(value);

    /// <inheritdoc cref="Write(bool)"/>
    public void Write(long value) => WriteRaw(value);

    /// <inheritdoc cref="Write(bool)"/>
    public void Write(ulong value) => WriteRaw(value);

    /// <inheritdoc cref="Write(bool)"/>
    public void Write(float value) => WriteRaw(value);

    /// <inheritdoc cref="Write(bool)"/>
    public void Write(double value) => WriteRaw(value);

    /// <inheritdoc cref="Write(bool)"/>
    public void Write(Guid value) => WriteRaw(value);

    /// <inheritdoc cref="Write(bool)"/>
    public void Write(TimeSpan value) => WriteRaw(value.Ticks);

    /// <inheritdoc cref="Write(bool)"/>
    public void Write(DateTime value)
    {
        WriteRaw(value.Ticks);
        WriteRaw((byte)value.Kind);
    }

    /// <inheritdoc cref="Write(bool)"/>
    public void Write(DateTimeOffset value)
    {
        WriteRaw(value.Ticks);
        WriteRaw((short)value.TotalOffsetMinutes);
    }

    /// <inheritdoc cref="Write(bool)"/>
    public void Write(decimal value)
    {
        Span<int> parts = stackalloc int[4];
        decimal.GetBits(value, parts);
        foreach (int part in parts)
            WriteRaw(part);
    }

    /// <inheritdoc cref="Write(bool)"/>
    /// <exception cref="ArgumentNullException">There is none.</exception>
    public void Write(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        WriteOptional(value);
    }

    /// <summary>Writes a value, or that there is none.</summary>
    public void WriteOptional(string? value)
    {
        if (value is null)
        {
            WriteRaw(-1);
            return;
        }

        // Room for the longest that it can be, so that it is gone through once.
        int place = _written;
        Reserve(sizeof(int) + Encoding.UTF8.GetMaxByteCount(value.Length));
        int length = Encoding.UTF8.GetBytes(value, _bytes.AsSpan(place + sizeof(int)));
        WriteRaw(length);
        _written += length;
    }

    /// <inheritdoc cref="Write(string)"/>
    public void Write(byte[] value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Write(value.AsMemory());
    }

    /// <inheritdoc cref="WriteOptional(string)"/>
    public void WriteOptional(byte[]? value)
    {
        if (value is null)
            WriteRaw(-1);
        else
            Write(value.AsMemory());
    }

    /// <inheritdoc cref="Write(bool)"/>
    public void Write(ReadOnlyMemory<byte> value)
    {
        WriteRaw(value.Length);
        Reserve(value.Length);
        value.Span.CopyTo(_bytes.AsSpan(_written));
        _written += value.Length;
    }

    /// <inheritdoc cref="WriteOptional(string)"/>
    public void WriteNullable<T, TCodec>(T? value)
        where T : struct
        where TCodec : IContractCodec<T>
    {
        Write(value.HasValue);
        if (value.HasValue)
            TCodec.Write(this, value.GetValueOrDefault());
    }

    /// <inheritdoc cref="Write(string)"/>
    public void WriteArray<T, TCodec>(T[] value)
        where TCodec : IContractCodec<T>
    {
        ArgumentNullException.ThrowIfNull(value);
        WriteOptionalArray<T, TCodec>(value);
    }

    /// <inheritdoc cref="WriteOptional(string)"/>
    public void WriteOptionalArray<T, TCodec>(T[]? value)
        where TCodec : IContractCodec<T>
    {
        WriteRaw(value?.Length ?? -1);
        foreach (T item in value ?? [])
            TCodec.Write(this, item);
    }

    /// <summary>Writes what <see cref="ContractReader.ReadArray"/> reads.</summary>
    internal void WriteList<T, TCodec>(List<T> items)
        where TCodec : IContractCodec<T>
    {
        WriteRaw(items.Count);
        foreach (T item in items)
            TCodec.Write(this, item);
    }

    /// <summary>Writes a value by the serializer.</summary>
    public void WriteObject<T>(T value)
    {
        int place = _written;
        WriteRaw(0);
        _serializer!.Write(this, value);
        MemoryMarshal.Write(_bytes.AsSpan(place), _written - place - sizeof(int));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void WriteRaw<T>(T value)
        where T : struct
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));
        Reserve(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_written));
        _written += bytes.Length;
    }

    private void Reserve(int count)
    {
        if (_bytes.Length - _written < count)
            Grow(count);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int count) => Array.Resize(ref _bytes, (int)Math.Min(Math.Max((long)_written + count, 2L * _bytes.Length), Array.MaxLength));
}
