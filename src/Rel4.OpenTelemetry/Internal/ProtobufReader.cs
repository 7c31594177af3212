namespace Rel4.OpenTelemetry.Internal;

/// <summary>Reads the fields of a protobuf message, one after another (https://protobuf.dev/programming-guides/encoding/). The bytes may be a liar's.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    /// <summary>A varint's longest.</summary>
    private const int LongestVarint = 10;

    private ReadOnlySpan<byte> _rest = message;

    /// <summary>Gets the number of the field.</summary>
    public int Number { get; private set; }

    /// <summary>Gets whether the field's value has a length: a string, bytes or a message.</summary>
    public bool HasLength { get; private set; }

    /// <summary>Gets the value of a field that has a length.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Gets all bytes of the field, its tag among them.</summary>
    public ReadOnlySpan<byte> Field { get; private set; }

    /// <summary>Reads the next field.</summary>
    /// <returns>False if there is none.</returns>
    /// <exception cref="FormatException">It is none.</exception>
    public bool Read()
    {
        if (_rest.IsEmpty)
            return false;
        ReadOnlySpan<byte> start = _rest;
        ulong tag = ReadVarint();
        if (tag >> 3 is 0 or > int.MaxValue >> 2)
            throw Malformed();
        Number = (int)(tag >> 3);
        HasLength = (tag & 7) == 2;
        Value = default;
        switch (tag & 7)
        {
            case 0:
                ReadVarint();
                break;
            case 1:
                Take(sizeof(ulong));
                break;
            case 2:
                Value = Take(ReadVarint());
                break;
            case 5:
                Take(sizeof(uint));
                break;
            default:
                // Groups are no part of OTLP.
                throw Malformed();
        }

        Field = start[..^_rest.Length];
        return true;
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)_rest.Length)
            throw Malformed();
        ReadOnlySpan<byte> taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (int i = 0; i < LongestVarint && i < _rest.Length; i++)
        {
            value |= (ulong)(_rest[i] & 0x7F) << (7 * i);
            if (_rest[i] >= 0x80)
                continue;
            _rest = _rest[(i + 1)..];
            return value;
        }

        throw Malformed();
    }

    private static FormatException Malformed() => new("This is no message of protobuf.");
}
