using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Rel4.Hosted.Durable;

/// <summary>Says what lies before the payload of a message that is kept, from its sender to the bridge and from the bridge to its receiver, and what the bridge's receipt is.</summary>
/// <remarks>
/// <code>
/// message   0 mark   1 version   2 length of the id (1–64)   3 zero   4–7 deliveries, this one among them; 0 from the sender   8… id (visible ASCII), payload
/// receipt   0 mark   1 version   2 whether it was stored before   3 zero   4–11 sequence
/// </code>
/// Numbers are little-endian.
/// </remarks>
internal static class DurableFrame
{
    /// <summary>The longest id.</summary>
    public const int MostId = 64;

    /// <summary>The bytes before the id.</summary>
    public const int Fixed = 8;

    /// <summary>The bytes of a receipt.</summary>
    public const int ReceiptSize = 12;

    private const byte Mark = 0xD7, Version = 1;

    private static readonly SearchValues<char> s_visible = SearchValues.Create([.. Enumerable.Range('!', '~' - '!' + 1).Select(code => (char)code)]);

    /// <summary>Gets whether a text can be an id.</summary>
    public static bool IsId(string? id) => id is { Length: > 0 and <= MostId } && id.AsSpan().IndexOfAnyExcept(s_visible) < 0;

    /// <summary>Writes a message.</summary>
    public static void Write(Span<byte> place, string id, int deliveries, ReadOnlySpan<byte> payload)
    {
        WriteStart(place, (byte)id.Length);
        BinaryPrimitives.WriteInt32LittleEndian(place[4..], deliveries);
        Encoding.ASCII.GetBytes(id, place[Fixed..]);
        payload.CopyTo(place[(Fixed + id.Length)..]);
    }

    /// <summary>Reads what lies before a message's payload, which begins behind it: at <see cref="Fixed"/> and the id's length.</summary>
    /// <returns>False if it is no such message.</returns>
    public static bool TryRead(ReadOnlySpan<byte> message, out string id, out int deliveries)
    {
        // The peer may write to it meanwhile.
        Span<byte> copy = stackalloc byte[Fixed + MostId];
        copy = copy[..Math.Min(copy.Length, message.Length)];
        message[..copy.Length].CopyTo(copy);
        (id, deliveries) = ("", 0);
        if (!IsStart(copy, Fixed) || copy.Length < Fixed + copy[2])
            return false;
        id = Encoding.Latin1.GetString(copy.Slice(Fixed, copy[2]));
        deliveries = BinaryPrimitives.ReadInt32LittleEndian(copy[4..]);
        return copy[2] <= MostId && IsId(id) && deliveries >= 0;
    }

    /// <summary>Writes a receipt.</summary>
    public static void WriteReceipt(Span<byte> place, ulong sequence, bool wasStoredBefore)
    {
        WriteStart(place, wasStoredBefore ? (byte)1 : (byte)0);
        BinaryPrimitives.WriteUInt64LittleEndian(place[4..], sequence);
    }

    /// <summary>Reads a receipt.</summary>
    /// <returns>False if it is none.</returns>
    public static bool TryReadReceipt(ReadOnlySpan<byte> receipt, out ulong sequence, out bool wasStoredBefore)
    {
        Span<byte> copy = stackalloc byte[ReceiptSize];
        (sequence, wasStoredBefore) = (0, false);
        if (receipt.Length != ReceiptSize)
            return false;
        receipt.CopyTo(copy);
        if (!IsStart(copy, ReceiptSize) || copy[2] > 1)
            return false;
        sequence = BinaryPrimitives.ReadUInt64LittleEndian(copy[4..]);
        wasStoredBefore = copy[2] == 1;
        return true;
    }

    private static void WriteStart(Span<byte> place, byte third) => (place[0], place[1], place[2], place[3]) = (Mark, Version, third, 0);

    private static bool IsStart(ReadOnlySpan<byte> bytes, int least) => bytes.Length >= least && bytes[0] == Mark && bytes[1] == Version && bytes[3] == 0;
}
