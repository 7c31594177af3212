using System.Globalization;

namespace Rel4.Runtime.Tests;

/// <summary>Gives a test its seed: <c>REL4_SEED</c>, or a new one, which it prints.</summary>
internal static class Seeds
{
    public static int FromEnvironment(ITestOutputHelper output)
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("REL4_SEED"), CultureInfo.InvariantCulture, out int chosen)
            ? chosen
            : Random.Shared.Next();
        output.WriteLine($"REL4_SEED={seed}");
        return seed;
    }
}
