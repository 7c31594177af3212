namespace Rel4.Kernel.Tests;

/// <summary>Gives the words that come with a failed lookup (manual section "Lookup Failure Description").</summary>
internal static class Errors
{
    public const ulong Destination = 0;
    public const ulong Source = 1;

    public static ulong[] InvalidRoot(ulong side) => [side, (ulong)LookupFailureType.InvalidRoot];

    public static ulong[] Missing(ulong side, ulong bitsLeft) => [side, (ulong)LookupFailureType.MissingCapability, bitsLeft];

    public static ulong[] Depth(ulong side, ulong bitsLeft, ulong bitsFound) =>
        [side, (ulong)LookupFailureType.DepthMismatch, bitsLeft, bitsFound];

    public static ulong[] Guard(ulong side, ulong bitsLeft, ulong guard, ulong size) =>
        [side, (ulong)LookupFailureType.GuardMismatch, bitsLeft, guard, size];
}
