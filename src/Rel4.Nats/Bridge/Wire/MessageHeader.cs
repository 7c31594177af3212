using System.Buffers;
using System.Buffers.Binary;

namespace Rel4.Nats.Bridge;

/// <summary>Is what each message between two bridges begins with: kind and version in a byte each, label in two, number in four, client in eight, length in four, little-endian.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Label">The label of a call or reply; why there is none.</param>
/// <param name="Number">The call's number, which the client's bridge counts; 0 if it is about the client itself.</param>
/// <param name="Client">Which client of the importing bridge it is of: a random number.</param>
/// <param name="Length">The bytes of the whole message, or an offset in it.</param>
internal readonly record struct MessageHeader(MessageKind Kind, ushort Label, uint Number, ulong Client, uint Length)
{
    /// <summary>Its bytes.</summary>
    public const int Size = 20;

    private const byte Version = 1;

    /// <summary>Reads one.</summary>
    /// <returns>False if it is none.</returns>
    public static bool TryRead(ReadOnlySequence<byte> bytes, out MessageHeader header)
    {
        header = default;
        if (bytes.Length < Size)
            return false;
        Span<byte> copy = stackalloc byte[Size];
        bytes.Slice(0, Size).CopyTo(copy);
        if (copy[1] != Version)
            return false;
        header = new MessageHeader(
            (MessageKind)copy[0],
            BinaryPrimitives.ReadUInt16LittleEndian(copy[2..]),
            BinaryPrimitives.ReadUInt32LittleEndian(copy[4..]),
            BinaryPrimitives.ReadUInt64LittleEndian(copy[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(copy[16..]));
        return true;
    }

    /// <summary>Writes it.</summary>
    public void Write(Span<byte> place)
    {
        place[0] = (byte)Kind;
        place[1] = Version;
        BinaryPrimitives.WriteUInt16LittleEndian(place[2..], Label);
        BinaryPrimitives.WriteUInt32LittleEndian(place[4..], Number);
        BinaryPrimitives.WriteUInt64LittleEndian(place[8..], Client);
        BinaryPrimitives.WriteUInt32LittleEndian(place[16..], Length);
    }
}
