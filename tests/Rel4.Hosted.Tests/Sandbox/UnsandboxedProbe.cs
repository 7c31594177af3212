using System.Diagnostics;

namespace Rel4.Hosted.Tests.Sandbox;

/// <summary>Is the probe started as any program is, to supervise a sandboxed task or to be compared with one.</summary>
internal sealed class UnsandboxedProbe : IDisposable
{
    private const string OrdinaryUser = "65534";

    private readonly Process _process;

    private UnsandboxedProbe(Process process) => _process = process;

    public int Id => _process.Id;

    public static UnsandboxedProbe Start(ProbeFiles files, StartedBy by, params IEnumerable<string> arguments) => StartUnder([], files, by, arguments);

    /// <summary>Gets what makes a command one of an ordinary user's, if it is to be.</summary>
    public static string[] Drop(StartedBy by) => by == StartedBy.OrdinaryUser && Environment.IsPrivilegedProcess
        ? ["setpriv", $"--reuid={OrdinaryUser}", $"--regid={OrdinaryUser}", "--clear-groups"]
        : [];

    /// <summary>Tells whether a namespace of users can be made here.</summary>
    public static bool CanMakeNamespace(StartedBy by)
    {
        string[] command = [.. Drop(by), "unshare", "--user", "--map-root-user", "true"];
        using Process process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    /// <summary>Starts the probe by a command that changes what it finds: limits, mounts, variables.</summary>
    private static UnsandboxedProbe StartUnder(string[] wrapper, ProbeFiles files, StartedBy by, params IEnumerable<string> arguments)
    {
        string[] command = [.. wrapper, .. Drop(by), Rel4.Hosted.Sandbox.DotnetInstallation.Host, files.Probe, .. arguments];
        var startInfo = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = "/",
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return new UnsandboxedProbe(Process.Start(startInfo)!);
    }

    /// <summary>Runs the probe to its end and returns the lines it prints.</summary>
    public static string[] Run(ProbeFiles files, StartedBy by, params IEnumerable<string> arguments)
    {
        using UnsandboxedProbe probe = Start(files, by, arguments);
        Task<string> error = probe._process.StandardError.ReadToEndAsync();
        string[] lines = probe._process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        probe._process.WaitForExit();
        Assert.True(probe._process.ExitCode == 0, $"The probe ended with {probe._process.ExitCode}: {error.GetAwaiter().GetResult()}");
        return lines;
    }

    /// <summary>Runs the probe to its end under a wrapper, whatever it returns.</summary>
    public static (int ExitCode, string Output, string Error) RunUnder(string[] wrapper, ProbeFiles files, StartedBy by, params IEnumerable<string> arguments)
    {
        using UnsandboxedProbe probe = StartUnder(wrapper, files, by, arguments);
        Task<string> error = probe._process.StandardError.ReadToEndAsync();
        string output = probe._process.StandardOutput.ReadToEnd();
        probe._process.WaitForExit();
        return (probe._process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    public string ReadLine() => _process.StandardOutput.ReadLine() ?? _process.StandardError.ReadToEnd();

    public void Kill() => _process.Kill();

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();

        // .NET removes its diagnostic port only when it may end by itself.
        foreach (string name in new[] { $"dotnet-diagnostic-{Id}-*", $"clr-debug-pipe-{Id}-*" })
            Directory.GetFiles(Path.GetTempPath(), name).ToList().ForEach(File.Delete);
        _process.Dispose();
    }
}
