using System.Globalization;

namespace Rel4.Hosted.Linux;

/// <summary>Tells what Linux says of a process (proc_pid_status(5)).</summary>
internal static class ProcessStatus
{
    /// <summary>Tells whether somebody holds a process: a debugger is attached, or it was stopped by a signal.</summary>
    public static bool IsHeld(int processId)
    {
        try
        {
            return PublicFile.ReadAllLines($"/proc/{processId}/status").Any(
                line => line.StartsWith("State:\tT", StringComparison.OrdinalIgnoreCase)
                    || (line.StartsWith("TracerPid:", StringComparison.Ordinal) && line.AsSpan("TracerPid:".Length).Trim() is not "0"));
        }
        catch (IOException)
        {
            // It has ended.
            return false;
        }
    }

    /// <summary>Gets the number of the process that started a process.</summary>
    /// <exception cref="IOException">It has ended, or Linux shows it to others only.</exception>
    public static int ParentOf(int processId)
    {
        // The number, the name in brackets, which may hold anything, the state, and the parent (proc_pid_stat(5)).
        string status = PublicFile.ReadAllText($"/proc/{processId}/stat");
        return int.Parse(status[(status.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    /// <summary>Counts the filters of system calls that a process has: those of its parent's at its start, and its own.</summary>
    /// <exception cref="IOException">It has ended, or Linux shows it to others only.</exception>
    /// <exception cref="UnauthorizedAccessException">Linux shows it to others only.</exception>
    public static int CountFilters(int processId)
    {
        const string Field = "Seccomp_filters:";
        // A kernel without filters has no such line.
        return PublicFile.ReadAllLines($"/proc/{processId}/status").FirstOrDefault(line => line.StartsWith(Field, StringComparison.Ordinal)) is { } line
            ? int.Parse(line.AsSpan(Field.Length), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture)
            : 0;
    }
}
