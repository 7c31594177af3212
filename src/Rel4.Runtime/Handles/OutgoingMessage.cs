using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Puts a message into the calling thread's IPC buffer.</summary>
internal static unsafe class OutgoingMessage
{
    /// <inheritdoc cref="Put(IpcBuffer*, ulong, ReadOnlySpan{ulong}, ReadOnlySpan{ulong})"/>
    /// <exception cref="InvalidOperationException">The thread has no IPC buffer.</exception>
    public static MessageInfo Put(ulong label, ReadOnlySpan<ulong> words, ReadOnlySpan<ulong> capabilities = default) =>
        Put(UserMachine.RequireBuffer(), label, words, capabilities);

    /// <summary>Puts words and capabilities into the buffer, and describes them.</summary>
    /// <exception cref="ArgumentException">There are more than 120 words or 3 capabilities.</exception>
    public static MessageInfo Put(IpcBuffer* buffer, ulong label, ReadOnlySpan<ulong> words, ReadOnlySpan<ulong> capabilities)
    {
        if (words.Length > Limits.MessageWords)
            ThrowTooLong(nameof(words), words.Length, Limits.MessageWords);
        if (capabilities.Length > Limits.ExtraCaps)
            ThrowTooLong(nameof(capabilities), capabilities.Length, Limits.ExtraCaps);
        // The words may be those just received, which lie in the buffer already; CopyTo minds that.
        words.CopyTo(new Span<ulong>(buffer->Message, Limits.MessageWords));
        capabilities.CopyTo(new Span<ulong>(buffer->CapsOrBadges, Limits.ExtraCaps));
        return new MessageInfo(label, 0, (uint)capabilities.Length, (uint)words.Length);
    }

    private static void ThrowTooLong(string what, int count, int most) =>
        throw new ArgumentException(
            $"A message carries at most {most} {what}, and {count} were given: send them in several messages.", what);
}
