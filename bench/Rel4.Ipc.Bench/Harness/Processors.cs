using System.Diagnostics;
using System.Globalization;
using System.Numerics;

namespace Rel4.Ipc.Bench;

/// <summary>Chooses two processors of the machine that are different cores.</summary>
internal static class Processors
{
    /// <summary>Gets the first processor that this process may run on, and another one, or null if there is only one core.</summary>
    public static (int First, int? Second) Choose()
    {
        using var self = Process.GetCurrentProcess();
        ulong allowed = (ulong)self.ProcessorAffinity;
        int first = BitOperations.TrailingZeroCount(allowed);
        string core = CoreOf(first);
        for (int processor = first + 1; processor < 64; processor++)
        {
            if ((allowed >> processor & 1) != 0 && CoreOf(processor) != core)
                return (first, processor);
        }

        return (first, null);
    }

    /// <summary>Names the core of a processor by all the processors, hardware threads, that it has.</summary>
    private static string CoreOf(int processor)
    {
        string file = string.Create(CultureInfo.InvariantCulture, $"/sys/devices/system/cpu/cpu{processor}/topology/thread_siblings_list");
        // Where the machine does not say, each processor counts as a core.
        return File.Exists(file) ? File.ReadAllText(file).Trim() : processor.ToString(CultureInfo.InvariantCulture);
    }
}
