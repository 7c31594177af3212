using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rel4.Hosted.Linux;

/// <summary>Is a file that says that its holder lives: Linux drops the lock when that ends, however it ends.</summary>
/// <remarks>
/// Only its user can open it, so nobody else can hold the lock (<c>flock(2)</c> asks for no right but to open). It must lie in a folder where
/// nobody else can make or rename files.
/// </remarks>
internal static unsafe class LockFile
{
    private const int AtWorkingDirectory = -100;
    private const int ReadWriteCreateNoFollowCloseOnExec = 0x2 | 0x40 | 0x2_0000 | 0x8_0000;
    private const int OwnerOnly = 0b110_000_000;
    private const int ExclusiveWithoutWaiting = 2 | 4;

    // struct stat of x86-64 begins with the device and the number of the file on it.
    private const int StatSize = 144;
    private const int IdentitySize = 2 * sizeof(ulong);

    /// <summary>Takes the lock.</summary>
    /// <param name="path">The file, which is made if it is not there.</param>
    /// <returns>What holds the lock until it is closed; null if somebody else holds it, or has deleted or moved the file meanwhile.</returns>
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
        // Who held it before may have deleted the file between the two calls: a lock on that keeps nobody out.
        if (error == LinuxError.None && IsAt(descriptor, path))
            return file;
        file.Dispose();
        return error is LinuxError.None or LinuxError.EAGAIN ? null : throw new LinuxException(nameof(SystemCallNumber.flock), error, path);
    }

    private static bool IsAt(nint descriptor, string path)
    {
        byte* held = stackalloc byte[StatSize], found = stackalloc byte[StatSize];
        SystemCall.Invoke(SystemCallNumber.fstat, descriptor, (nint)held);
        nint name = Marshal.StringToCoTaskMemUTF8(path);
        SystemCall.TryInvoke(SystemCallNumber.lstat, out LinuxError error, name, (nint)found);
        Marshal.FreeCoTaskMem(name);
        return error == LinuxError.None
            && new ReadOnlySpan<byte>(held, IdentitySize).SequenceEqual(new ReadOnlySpan<byte>(found, IdentitySize));
    }
}
