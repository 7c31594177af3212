namespace Rel4.Hosted.Linux;

/// <summary>Tells what Linux says of a process (proc_pid_status(5)).</summary>
internal static class ProcessStatus
{
    /// <summary>Tells whether somebody holds a process: a debugger is attached, or it was stopped by a signal.</summary>
    public static bool IsHeld(int processId)
    {
        try
        {
            return File.ReadLines($"/proc/{processId}/status").Any(
                line => line.StartsWith("State:\tT", StringComparison.OrdinalIgnoreCase)
                    || (line.StartsWith("TracerPid:", StringComparison.Ordinal) && line.AsSpan("TracerPid:".Length).Trim() is not "0"));
        }
        catch (IOException)
        {
            // It has ended.
            return false;
        }
    }
}
