using Rel4.Hosted.Sandbox;

namespace Rel4.Hosted.Probe;

/// <summary>Starts this program again, in a sandbox.</summary>
internal static class Supervisor
{
    /// <summary>Runs a task to its end and passes its output and exit code on.</summary>
    /// <param name="task">The task's arguments; <c>{supervisor}</c> stands for the number of this process.</param>
    public static int Run(string[] task)
    {
        using var launcher = new TaskLauncher();
        using TaskProcess process = launcher.Start(Command(task), SandboxPolicy.Strict);
        return PassOn(process);
    }

    /// <summary>Starts a task, and another that tries to get at it.</summary>
    public static int RunPeers()
    {
        using var launcher = new TaskLauncher();
        using TaskProcess victim = launcher.Start(Command("idle"), SandboxPolicy.Strict);
        using var output = new StreamReader(victim.Output);
        string id = output.ReadLine()!;
        using TaskProcess attacker = launcher.Start(Command("processes", id), SandboxPolicy.Strict);
        return PassOn(attacker);
    }

    /// <summary>Makes the command that runs this program.</summary>
    public static TaskCommand Command(params string[] task) => TaskCommand.ForAssembly(
        Path.Combine(AppContext.BaseDirectory, "Rel4.Hosted.Probe.dll"),
        task.Select(word => word.Replace("{supervisor}", $"{Environment.ProcessId}", StringComparison.Ordinal)));

    private static int PassOn(TaskProcess process)
    {
        Task error = process.Error.CopyToAsync(Console.OpenStandardError());
        process.Output.CopyTo(Console.OpenStandardOutput());
        error.GetAwaiter().GetResult();
        TaskEnd end = process.WaitForEnd();
        return end.ExitCode ?? 128 + end.Signal!.Value;
    }
}
