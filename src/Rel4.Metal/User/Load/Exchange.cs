namespace Rel4.Metal.User;

/// <summary>Says what a caller asks and what the replies must be: it sets its key to a value that is always another, then gets it, and so on.</summary>
internal static class Exchange
{
    /// <summary>Writes a request.</summary>
    /// <param name="request">Where.</param>
    /// <param name="caller">Whose, from 0.</param>
    /// <param name="count">How many it has sent.</param>
    /// <param name="label">The request's label.</param>
    /// <returns>Its bytes.</returns>
    public static int Write(Span<byte> request, ulong caller, ulong count, out ushort label)
    {
        label = IsGet(count) ? KvLabel.Get : KvLabel.Set;
        return IsGet(count) ? KvMessage.Write(request, caller + 1) : KvMessage.Write(request, caller + 1, ValueOf(caller, count));
    }

    /// <summary>Tells whether a reply is right.</summary>
    public static bool IsRight(ulong caller, ulong count, ulong label, ReadOnlySpan<byte> reply) =>
        label == (ulong)KvStatus.Done && (!IsGet(count) || KvMessage.HasValue(reply, ValueOf(caller, count - 1)));

    private static bool IsGet(ulong count) => (count & 1) != 0;

    private static ulong ValueOf(ulong caller, ulong count) => ~((caller << 32) + count);
}
