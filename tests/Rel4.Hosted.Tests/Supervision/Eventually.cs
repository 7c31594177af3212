using System.Diagnostics;

namespace Rel4.Hosted.Tests.Supervision;

/// <summary>Waits for conditions.</summary>
internal static class Eventually
{
    private static readonly TimeSpan UsualLimit = TimeSpan.FromSeconds(30);

    /// <summary>Waits until a condition holds.</summary>
    public static async Task HoldsAsync(Func<bool> condition, Func<string> describeFailure, TimeSpan? limit = null)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) >= (limit ?? UsualLimit))
                Assert.Fail(describeFailure());
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
