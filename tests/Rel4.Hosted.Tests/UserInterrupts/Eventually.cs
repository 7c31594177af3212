namespace Rel4.Hosted.Tests.UserInterrupts;

/// <summary>Waits for what must come, with a limit that only a failure reaches.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static void Holds(Func<bool> condition, string what) =>
        Assert.True(SpinWait.SpinUntil(condition, Limit), $"within {Limit}: {what}");

    public static T Ends<T>(Task<T> task)
    {
        Assert.True(Task.WhenAny(task, Task.Delay(Limit)).GetAwaiter().GetResult() == task, $"did not end within {Limit}");
        return task.GetAwaiter().GetResult();
    }
}
