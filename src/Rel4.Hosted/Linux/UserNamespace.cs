using System.Globalization;

namespace Rel4.Hosted.Linux;

/// <summary>Tells which users there are for this process (<c>user_namespaces(7)</c>): in a namespace of users only those that are mapped.</summary>
internal static class UserNamespace
{
    /// <summary>Tells whether there are users, and groups of the same numbers.</summary>
    /// <param name="first">The first.</param>
    /// <param name="count">How many.</param>
    public static bool Has(uint first, uint count) => IsMapped("/proc/self/uid_map", first, count) && IsMapped("/proc/self/gid_map", first, count);

    private static bool IsMapped(string map, uint first, uint count)
    {
        // The first number in the namespace, that outside, how many. Ranges that only together hold all are as good as none.
        return PublicFile.ReadAllLines(map).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Any(
            range => Number(range[0]) <= first && (ulong)first + count <= Number(range[0]) + Number(range[2]));

        static ulong Number(string text) => ulong.Parse(text, CultureInfo.InvariantCulture);
    }
}
