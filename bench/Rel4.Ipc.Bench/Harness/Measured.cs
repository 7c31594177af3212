namespace Rel4.Ipc.Bench;

/// <summary>One measurement of calls.</summary>
/// <param name="Elapsed">How long they took.</param>
/// <param name="Calls">How many they were.</param>
/// <param name="AllocatedBytes">What either side allocated; not a number where nobody counted.</param>
/// <param name="Doorbells">U-notifications that either side sent.</param>
internal readonly record struct Measured(TimeSpan Elapsed, double Calls, double AllocatedBytes, double Doorbells)
{
    /// <summary>Gets the time by number of calls.</summary>
    public double NsPerCall => Elapsed.TotalNanoseconds / Calls;

    /// <summary>Makes one of calls of which nothing but the time was taken.</summary>
    public static Measured Timed(TimeSpan elapsed, long calls) => new(elapsed, calls, double.NaN, 0);
}
