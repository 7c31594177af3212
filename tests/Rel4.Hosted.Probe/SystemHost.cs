using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Sandbox;

namespace Rel4.Hosted.Probe;

/// <summary>Runs a system of two tasks that wait for ever.</summary>
internal static class SystemHost
{
    /// <summary>Names the variable that tells a task where the diagnostic port of its supervisor is.</summary>
    private const string PortVariable = "PROBE_PORT";

    public static int Run()
    {
        var builder = new SystemBuilder();
        NotificationDefinition never = builder.AddNotification("never");
        builder.AddTask("second", WaitForever).Grant("never", never, CapRights.Read).StartAfter("first");
        builder.AddTask("first", WaitForever).Grant("never", never, CapRights.Read);
        return builder.RunAsync().GetAwaiter().GetResult();
    }

    /// <summary>Runs a task that is open to debuggers, which tries to connect to what can be taken over by that, and prints where its diagnostic port is.</summary>
    /// <param name="sockets">The sockets that it is granted besides.</param>
    public static int RunDebugged(SocketAccess sockets)
    {
        var builder = new SystemBuilder();
        TaskBuilder task = builder.AddTask("open", ShowPort).Debug().Sandbox(new SandboxPolicy { Sockets = sockets });
        if (Directory.GetFiles(Path.GetTempPath(), $"dotnet-diagnostic-{Environment.ProcessId}-*-socket") is [var own])
            task.Environment(PortVariable, own);
        return builder.RunAsync().GetAwaiter().GetResult();
    }

    private static void ShowPort()
    {
        Console.WriteLine(Attempts.Connect("supervisor", Environment.GetEnvironmentVariable(PortVariable)!));
        foreach (string port in Directory.GetFiles(Path.GetTempPath(), "dotnet-diagnostic-*-socket"))
        {
            Console.WriteLine(Attempts.Connect("port of its own", port));
            Console.WriteLine($"port {port}");
        }

        Console.WriteLine("waits");
        Thread.Sleep(Timeout.Infinite);
    }

    private static void WaitForever()
    {
        Console.WriteLine("waits");
        TaskContext.Notification("never").Wait();
    }
}
