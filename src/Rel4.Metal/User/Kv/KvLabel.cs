namespace Rel4.Metal.User;

/// <summary>Labels the requests.</summary>
internal static class KvLabel
{
    /// <summary>Asks for the value of a key.</summary>
    public const ushort Get = 1;

    /// <summary>Gives a key a value.</summary>
    public const ushort Set = 2;

    /// <summary>Forgets a key.</summary>
    public const ushort Delete = 3;
}
