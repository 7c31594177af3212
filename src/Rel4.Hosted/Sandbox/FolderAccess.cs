namespace Rel4.Hosted.Sandbox;

/// <summary>Tells what keeps a task with a user of its own from files that its starter, root, can read.</summary>
/// <remarks>Without this check .NET would start, and end with messages that name neither the user nor the folder.</remarks>
internal static class FolderAccess
{
    /// <summary>Checks that all users can get at paths.</summary>
    /// <param name="user">The task's user, for the message.</param>
    /// <param name="paths">Files and folders.</param>
    /// <exception cref="IOException">A folder on the way is closed, or a file.</exception>
    public static void Check(uint user, params IEnumerable<string> paths)
    {
        foreach (string path in paths)
        {
            if (FindBarrier(path) is { } folder)
            {
                throw new IOException(
                    $"{path} can't be read by the task: started by root, it runs as a user of its own, {user}, who may not enter {folder}. "
                    + "Put the program where all users can read it, chmod o+x the folder, or start as an ordinary user.");
            }

            if (File.Exists(path) && !File.GetUnixFileMode(path).HasFlag(UnixFileMode.OtherRead))
            {
                throw new IOException(
                    $"{path} can't be read by the task: started by root, it runs as a user of its own, {user}, and the file's mode lets none but "
                    + "its owner read it (was it written under umask 077?). chmod o+r it, or start as an ordinary user.");
            }
        }
    }

    private static string? FindBarrier(string path)
    {
        for (string? folder = Directory.Exists(path) ? path : Path.GetDirectoryName(path); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (Directory.Exists(folder) && !File.GetUnixFileMode(folder).HasFlag(UnixFileMode.OtherExecute))
                return folder;
        }

        return null;
    }
}
