namespace Rel4.Hosted.Tests.UserInterrupts;

/// <summary>Waits for what must come, with a limit that only a failure reaches.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static void Holds(Func<bool> condition, string what) =>
        Assert.True(SpinWait.SpinUntil(condition, Limit), $"within {Limit}: {what}");

    public static T Ends<T>(Task<T> task) => Ends(task, Limit);

    public static T Ends<T>(Task<T> task, TimeSpan limit)
    {
        Assert.True(Task.WhenAny(task, Task.Delay(limit)).GetAwaiter().GetResult() == task, $"did not end within {limit}");
        return task.GetAwaiter().GetResult();
    }
}
