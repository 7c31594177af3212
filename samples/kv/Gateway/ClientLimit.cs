using System.Globalization;

namespace Rel4.Samples.Kv.Gateway;

/// <summary>How many clients the gateway takes at once: as many as it has descriptors for.</summary>
/// <remarks>
/// Without it, a client too many would find the process out of descriptors, and nobody would be told anything. Redis lowers its <c>maxclients</c> by the limit in the same way.
/// </remarks>
internal static class ClientLimit
{
    /// <summary>Redis' own limit.</summary>
    private const int Most = 10_000;

    /// <summary>What .NET and the runtime need.</summary>
    private const int OwnDescriptors = 512;

    /// <summary>What POSIX systems give a process at least by custom, where the limit can't be read.</summary>
    private const int UsualDescriptors = 1024;

    /// <summary>Reads the process' limit of descriptors, <c>RLIMIT_NOFILE</c>, which its sandbox sets.</summary>
    public static int Read() => Of(File.Exists("/proc/self/limits") ? File.ReadAllText("/proc/self/limits") : "");

    /// <summary>Finds the limit in what Linux says, as <c>Max open files  4096  4096  files</c> (<c>proc_pid_limits(5)</c>).</summary>
    public static int Of(string limits)
    {
        string? soft = limits.Split('\n').FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal))
            ?.Split(' ', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(3);
        long descriptors = soft == "unlimited" ? long.MaxValue
            : long.TryParse(soft, CultureInfo.InvariantCulture, out long number) ? number : UsualDescriptors;
        return (int)Math.Clamp(descriptors - OwnDescriptors, 1, Most);
    }
}
