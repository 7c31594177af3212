using System.Buffers.Binary;

namespace Rel4.Metal.User;

/// <summary>Reads what was typed.</summary>
internal static class Command
{
    /// <summary>Tells whether a line ends the machine.</summary>
    public static bool IsEnd(ReadOnlySpan<byte> line) => AreEqual(line, "END"u8);

    /// <summary>Makes a line a request. One that is none becomes a request that the store refuses: without a label.</summary>
    /// <param name="line">An operation, a key, a value: the rest of the line.</param>
    /// <param name="request">Where the request goes.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <returns>Its label.</returns>
    public static ushort Read(ReadOnlySpan<byte> line, Span<byte> request, out int bytes)
    {
        ReadOnlySpan<byte> operation = TakeWord(ref line), key = TakeWord(ref line), value = line;
        bytes = KvMessage.RequestValue + value.Length;
        if (key.Length > KvMessage.RequestValue - KvMessage.Key || value.Length > KvMessage.LongestValue)
        {
            bytes = 0;
            return 0;
        }

        request.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(request, (ulong)value.Length);
        key.CopyTo(request.Slice(KvMessage.Key));
        value.CopyTo(request.Slice(KvMessage.RequestValue));
        return AreEqual(operation, "GET"u8) ? KvLabel.Get : AreEqual(operation, "SET"u8) ? KvLabel.Set : AreEqual(operation, "DEL"u8) ? KvLabel.Delete : (ushort)0;
    }

    private static ReadOnlySpan<byte> TakeWord(ref ReadOnlySpan<byte> line)
    {
        int length = 0;
        while (length < line.Length && line[length] != (byte)' ')
            length++;
        ReadOnlySpan<byte> word = line.Slice(0, length);
        line = line.Slice(Math.Min(length + 1, line.Length));
        return word;
    }

    private static bool AreEqual(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        bool areEqual = left.Length == right.Length;
        for (int i = 0; areEqual && i < left.Length; i++)
            areEqual = left[i] == right[i];
        return areEqual;
    }
}
