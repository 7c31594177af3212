using Rel4.Abi;
using Rel4.Hosted.Composition;

namespace Rel4.Hosted.Probe;

/// <summary>Runs a system of two tasks that wait for ever.</summary>
internal static class SystemHost
{
    public static int Run()
    {
        var builder = new SystemBuilder();
        NotificationDefinition never = builder.AddNotification("never");
        builder.AddTask("second", WaitForever).Grant("never", never, CapRights.Read).StartAfter("first");
        builder.AddTask("first", WaitForever).Grant("never", never, CapRights.Read);
        return builder.RunAsync().GetAwaiter().GetResult();
    }

    /// <summary>Runs a task that is open to debuggers, and prints where its diagnostic port is.</summary>
    public static int RunDebugged()
    {
        var builder = new SystemBuilder();
        builder.AddTask("open", ShowPort).Debug();
        return builder.RunAsync().GetAwaiter().GetResult();
    }

    private static void ShowPort()
    {
        foreach (string port in Directory.GetFiles(Path.GetTempPath(), "dotnet-diagnostic-*-socket"))
            Console.WriteLine($"port {port}");
        Console.WriteLine("waits");
        Thread.Sleep(Timeout.Infinite);
    }

    private static void WaitForever()
    {
        Console.WriteLine("waits");
        TaskContext.Notification("never").Wait();
    }
}
