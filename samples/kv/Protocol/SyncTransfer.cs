using System.Runtime.InteropServices;
using Rel4.Abi;

namespace Rel4.Samples.Kv.Protocol;

/// <summary>Names what a message of a synchronous transfer asks for.</summary>
/// <remarks>
/// A synchronous message carries 120 words, so a batch goes over in parts, and its replies come back in parts: any number of
/// <see cref="Append"/>, one <see cref="Execute"/>, any number of <see cref="Fetch"/>. The reply to Execute has the first replies.
/// </remarks>
internal enum SyncStep : ushort
{
    /// <summary>None: an asynchronous message is a whole batch, and its reply is whole.</summary>
    None,

    /// <summary>Here is a part of a batch.</summary>
    Append,

    /// <summary>Here is the last part: carry the batch out.</summary>
    Execute,

    /// <summary>Send the next part of the replies.</summary>
    Fetch,

    /// <summary>Is the label of a reply: nothing is known of such a transfer, since the store was started anew.</summary>
    Lost,
}

/// <summary>Is the content of a message: a number, how many bytes it carries, and these.</summary>
/// <remarks>
/// The number is the place of the bytes in the batch, so that a store that was started anew in mid-transfer notices what it has missed; in
/// a reply it is how many bytes are still to come, with these.
/// </remarks>
internal static class SyncMessage
{
    /// <summary>So many bytes fit.</summary>
    public const int Capacity = (Limits.MessageWords - HeaderWords) * sizeof(ulong);

    private const int HeaderWords = 2;

    /// <summary>Fills words.</summary>
    /// <returns>The words that are used.</returns>
    public static ReadOnlySpan<ulong> Write(Span<ulong> words, int number, ReadOnlySpan<byte> bytes)
    {
        words[0] = (ulong)number;
        words[1] = (ulong)bytes.Length;
        bytes.CopyTo(MemoryMarshal.AsBytes(words[HeaderWords..]));
        return words[..(HeaderWords + ((bytes.Length + sizeof(ulong) - 1) / sizeof(ulong)))];
    }

    /// <summary>Reads a message of a process that is not trusted.</summary>
    /// <returns>False if it makes no sense.</returns>
    public static bool TryRead(ReadOnlySpan<ulong> words, out int number, out ReadOnlySpan<byte> bytes)
    {
        number = 0;
        bytes = default;
        if (words.Length < HeaderWords || words[0] > int.MaxValue)
            return false;
        number = (int)words[0];
        bytes = MemoryMarshal.AsBytes(words[HeaderWords..]);
        if (words[1] > (ulong)bytes.Length)
            return false;
        bytes = bytes[..(int)words[1]];
        return true;
    }
}
