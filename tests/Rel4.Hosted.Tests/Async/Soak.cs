using System.Globalization;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Says how long random tests go on, and with which seed: <c>REL4_SOAK_MINUTES</c>, <c>REL4_SEED</c>.</summary>
internal static class Soak
{
    /// <summary>Gets the minutes; 0 in a normal run.</summary>
    public static double Minutes { get; } =
        double.TryParse(Environment.GetEnvironmentVariable("REL4_SOAK_MINUTES"), CultureInfo.InvariantCulture, out double minutes) ? minutes : 0;

    /// <summary>Gets the seed, which it prints.</summary>
    public static int Seed(ITestOutputHelper output)
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("REL4_SEED"), CultureInfo.InvariantCulture, out int chosen) ? chosen : Random.Shared.Next();
        output.WriteLine($"REL4_SEED={seed}");
        return seed;
    }
}
