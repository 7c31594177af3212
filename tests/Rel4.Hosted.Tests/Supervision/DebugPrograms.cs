namespace Rel4.Hosted.Tests.Supervision;

/// <summary>Holds what tasks do that are open to debuggers, each in a process of its own.</summary>
internal static class DebugPrograms
{
    public static void Wait()
    {
        Console.WriteLine("begins");
        Thread.Sleep(Timeout.Infinite);
    }
}
