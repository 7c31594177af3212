using System.Buffers.Binary;

namespace Rel4.Streams.Internal;

/// <summary>What each message of a client begins with.</summary>
/// <param name="Number">The connection's number, which is valid for its client's badge.</param>
/// <param name="Value">Of an open the <see cref="StreamProtocol.Version"/>; of reads and writes, each by itself, how many there were before.</param>
/// <param name="Flags">Of a write, whether it is the <see cref="StreamProtocol.Last"/> one.</param>
/// <remarks>
/// <code>
/// offset  bytes  field
///      0      8  number   (all little endian)
///      8      4  value
///     12      4  flags
/// </code>
/// </remarks>
internal readonly record struct StreamHeader(ulong Number, uint Value, uint Flags)
{
    public const int Bytes = 16;

    /// <summary>Reads each field once, as the client can change them meanwhile.</summary>
    public static bool TryRead(ReadOnlySpan<byte> message, out StreamHeader header)
    {
        header = default;
        if (message.Length < Bytes)
            return false;
        header = new StreamHeader(
            BinaryPrimitives.ReadUInt64LittleEndian(message),
            BinaryPrimitives.ReadUInt32LittleEndian(message[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(message[12..]));
        return true;
    }

    public void Write(Span<byte> message)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(message, Number);
        BinaryPrimitives.WriteUInt32LittleEndian(message[8..], Value);
        BinaryPrimitives.WriteUInt32LittleEndian(message[12..], Flags);
    }
}
