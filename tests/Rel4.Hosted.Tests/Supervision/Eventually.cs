using System.Diagnostics;

namespace Rel4.Hosted.Tests.Supervision;

/// <summary>Waits for conditions.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Waits until a condition holds.</summary>
    public static async Task HoldsAsync(Func<bool> condition, Func<string> describeFailure)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) >= Limit)
                Assert.Fail(describeFailure());
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
