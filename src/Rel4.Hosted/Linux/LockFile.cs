using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rel4.Hosted.Linux;

/// <summary>Is a file that says that its holder lives: Linux drops the lock when that ends, however it ends.</summary>
/// <remarks>
/// Only its user can open it, so nobody else can hold the lock (<c>flock(2)</c> asks for no right but to open). It must lie in a folder where
/// nobody else can make or rename files.
/// </remarks>
internal static class LockFile
{
    private const int AtWorkingDirectory = -100;
    private const int ReadWriteCreateNoFollowCloseOnExec = 0x2 | 0x40 | 0x2_0000 | 0x8_0000;
    private const int OwnerOnly = 0b110_000_000;
    private const int ExclusiveWithoutWaiting = 2 | 4;

    /// <summary>Takes the lock.</summary>
    /// <param name="path">The file, which is made if it is not there.</param>
    /// <returns>What holds the lock until it is closed; null if somebody else holds it.</returns>
    /// <exception cref="LinuxException">The file can't be opened.</exception>
    public static SafeFileHandle? TryTake(string path)
    {
        nint name = Marshal.StringToCoTaskMemUTF8(path);
        nint descriptor = SystemCall.TryInvoke(
            SystemCallNumber.openat, out LinuxError error, AtWorkingDirectory, name, ReadWriteCreateNoFollowCloseOnExec, OwnerOnly);
        Marshal.FreeCoTaskMem(name);
        if (error != LinuxError.None)
            throw new LinuxException(nameof(SystemCallNumber.openat), error, path);
        var file = new SafeFileHandle(descriptor, ownsHandle: true);
        SystemCall.TryInvoke(SystemCallNumber.flock, out error, descriptor, ExclusiveWithoutWaiting);
        if (error == LinuxError.None)
            return file;
        file.Dispose();
        return error == LinuxError.EAGAIN ? null : throw new LinuxException(nameof(SystemCallNumber.flock), error, path);
    }
}
