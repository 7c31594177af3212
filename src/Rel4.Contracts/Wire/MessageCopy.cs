namespace Rel4.Contracts.Wire;

/// <summary>Copies messages out of memory that their sender can change, before anything of them is checked.</summary>
internal static class MessageCopy
{
    private const int KeptBytes = 4096;

    [ThreadStatic]
    private static byte[]? t_bytes;

    /// <summary>Copies a message; the copy holds until the thread's next one.</summary>
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> message)
    {
        byte[] bytes = message.Length <= KeptBytes ? t_bytes ??= new byte[KeptBytes] : new byte[message.Length];
        message.CopyTo(bytes);
        return bytes.AsSpan(0, message.Length);
    }
}
