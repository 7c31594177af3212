namespace Rel4.Metal.User;

/// <summary>Labels the requests.</summary>
internal static class PairLabel
{
    /// <summary>Replies with the inverse of a number.</summary>
    public const ushort Invert = 0;

    /// <summary>Replies with the payload.</summary>
    public const ushort Echo = 1;

    /// <summary>Ends the request without a reply.</summary>
    public const ushort Forget = 2;
}
