using System.Diagnostics;
using Rel4.Hosted.Sandbox;

namespace Rel4.Hosted.Probe;

/// <summary>Measures what the sandbox adds to the start of a .NET process.</summary>
internal static class Measurement
{
    public static IEnumerable<string> Run(int count)
    {
        TaskCommand command = Supervisor.Command("hello");
        using var launcher = new TaskLauncher();
        var starts = new List<double>();
        var sandboxed = new List<double>();
        var plain = new List<double>();
        // Both in turn, so that what else the machine does falls on both. The first round is for caches.
        for (int round = 0; round <= count; round++)
        {
            long begin = Stopwatch.GetTimestamp();
            using (TaskProcess process = launcher.Start(command, SandboxPolicy.Strict))
            {
                double start = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
                process.Output.CopyTo(Stream.Null);
                process.WaitForEnd();
                if (round > 0)
                    starts.Add(start);
            }

            if (round > 0)
                sandboxed.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            begin = Stopwatch.GetTimestamp();
            var startInfo = new ProcessStartInfo(command.Executable, command.Arguments) { RedirectStandardOutput = true };
            using (Process process = Process.Start(startInfo)!)
            {
                process.StandardOutput.ReadToEnd();
                process.WaitForExit();
            }

            if (round > 0)
                plain.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
        }

        yield return $"start call, sandboxed:        {Describe(starts)}";
        yield return $"start to end, sandboxed:      {Describe(sandboxed)}";
        yield return $"start to end, Process.Start:  {Describe(plain)}";
    }

    private static string Describe(List<double> milliseconds)
    {
        milliseconds.Sort();
        return FormattableString.Invariant($"median {milliseconds[milliseconds.Count / 2]:F1} ms, least {milliseconds[0]:F1} ms");
    }
}
