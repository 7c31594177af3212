using System.Runtime.InteropServices;
using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Sandbox;

/// <summary>Is a task's own temporary folder, which no other user can enter and which goes when the task has ended.</summary>
internal sealed class PrivateFolder : IDisposable
{
    private PrivateFolder(string path) => Path = path;

    /// <summary>Gets where it is.</summary>
    public string Path { get; }

    /// <summary>Makes the folder.</summary>
    /// <param name="owner">The user it is for, or null if that is the caller's.</param>
    public static PrivateFolder Create(uint? owner)
    {
        // The mode is 0700.
        var folder = new PrivateFolder(Directory.CreateTempSubdirectory("rel4-task-").FullName);
        try
        {
            if (owner is { } user)
                ChangeOwner(folder.Path, user);
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Deletes the folder.</summary>
    /// <remarks>The task must have ended: nothing may change in the folder while a privileged process deletes it.</remarks>
    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static void ChangeOwner(string path, uint user)
    {
        nint name = Marshal.StringToCoTaskMemUTF8(path);
        try
        {
            SystemCall.Invoke(SystemCallNumber.lchown, name, (nint)user, (nint)user);
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
        }
    }
}
