namespace Rel4.Metal.User;

/// <summary>Names what the load checks: bits of what it tells, of which those are set that did not hold.</summary>
internal static class KvCheck
{
    /// <summary>What is set is got, by either way, until it is deleted.</summary>
    public const ulong Keeps = 1;

    /// <summary>Bad requests are refused.</summary>
    public const ulong Refuses = 2;

    /// <summary>There is an end to what it keeps; it keeps it then, and room that is made is used.</summary>
    public const ulong IsBounded = 4;
}
