using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Sandbox;

/// <summary>Reports a task whose process could not be started.</summary>
public sealed class TaskStartException : LinuxException
{
    private TaskStartException(string message, LinuxException cause)
        : base(message, cause.Call, cause.Error)
    {
    }

    internal static TaskStartException From(LinuxException cause, TaskStart start) =>
        new($"{start.Command.Executable} did not start: {Describe(cause.Call, cause.Error)}. {AdviceOn(cause, start)}".TrimEnd(), cause);

    private static string AdviceOn(LinuxException cause, TaskStart start) => (cause.Call, cause.Error) switch
    {
        (nameof(SystemCallNumber.execve), LinuxError.ENOENT) => "The file is there, but not the loader that it names.",
        (nameof(SystemCallNumber.execve), LinuxError.ENOEXEC) => "It is no program of this machine.",
        (nameof(SystemCallNumber.execve), LinuxError.EACCES) => AdviceOnPath(start.Command.Executable, UnixFileMode.OtherExecute, start),
        (nameof(SystemCallNumber.chdir), LinuxError.EACCES) => AdviceOnPath(start.Folder, UnixFileMode.None, start),
        (nameof(SystemCallNumber.setresuid) or nameof(SystemCallNumber.setresgid), LinuxError.EINVAL) =>
            $"User {start.User} is not mapped in this user namespace (/proc/self/uid_map): configure another range of task users.",
        (nameof(SystemCallNumber.seccomp), _) => "The kernel must have seccomp filters (CONFIG_SECCOMP_FILTER).",
        _ => LinuxException.AdviceOn(cause.Error),
    };

    private static string AdviceOnPath(string path, UnixFileMode needed, TaskStart start)
    {
        if (start.User is not { } user)
            return "The file must be executable.";
        for (string? folder = Path.GetDirectoryName(path); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (!File.GetUnixFileMode(folder).HasFlag(UnixFileMode.OtherExecute))
                return $"The task runs as user {user}, who may not enter {folder}: install the program elsewhere, or chmod o+x the folder.";
        }

        return File.GetUnixFileMode(path).HasFlag(needed) ? "" : $"The task runs as user {user}, who may not execute the file: chmod o+rx.";
    }
}
