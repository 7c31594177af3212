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

    /// <summary>Replies with how many of these came before.</summary>
    public const ushort Order = 3;

    /// <summary>Adds a number to a sum.</summary>
    public const ushort Add = 4;

    /// <summary>Replies with the sum, which is 0 again.</summary>
    public const ushort Sum = 5;
}
