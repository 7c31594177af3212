using System.Globalization;

namespace Rel4.Kv.Tests;

/// <summary>Makes random numbers that can be had again: <c>REL4_SEED</c> chooses them.</summary>
internal static class Seed
{
    public static Random Choose(ITestOutputHelper output)
    {
        int seed = ulong.TryParse(Environment.GetEnvironmentVariable("REL4_SEED"), CultureInfo.InvariantCulture, out ulong chosen)
            ? (int)chosen
            : Random.Shared.Next();
        output.WriteLine($"REL4_SEED={seed}");
        return new Random(seed);
    }
}
