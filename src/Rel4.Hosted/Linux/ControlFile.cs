using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Rel4.Hosted.Linux;

/// <summary>Writes files of control groups (version 2), each of which takes a command in one call.</summary>
/// <remarks>.NET's own ways to write files lock them, and others may hold a lock there.</remarks>
internal static unsafe class ControlFile
{
    private const int AtWorkingDirectory = -100;

    // Linux makes the files with their group. Elsewhere, in tests, they are made here.
    private const int WriteCreateCloseOnExec = 1 | 0x40 | 0x8_0000;
    private const int OwnerWrites = 0b110_100_100;
    private const int MayWrite = 2;

    /// <summary>Opens a file.</summary>
    /// <exception cref="LinuxException">It can't be opened.</exception>
    public static SafeFileHandle Open(string path)
    {
        nint name = Marshal.StringToCoTaskMemUTF8(path);
        nint descriptor = SystemCall.TryInvoke(
            SystemCallNumber.openat, out LinuxError error, AtWorkingDirectory, name, WriteCreateCloseOnExec, OwnerWrites);
        Marshal.FreeCoTaskMem(name);
        return error == LinuxError.None
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new LinuxException(nameof(SystemCallNumber.openat), error, path);
    }

    /// <summary>Writes a command.</summary>
    /// <exception cref="LinuxException">Linux refuses it.</exception>
    public static void Write(string path, string text)
    {
        using SafeFileHandle file = Open(path);
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* start = bytes)
        {
            SystemCall.TryInvoke(SystemCallNumber.write, out LinuxError error, file.DangerousGetHandle(), (nint)start, bytes.Length);
            if (error != LinuxError.None)
                throw new LinuxException(nameof(SystemCallNumber.write), error, path);
        }
    }

    /// <summary>Tells whether this process' user may write a file, or make files in a folder.</summary>
    public static bool MayBeWritten(string path)
    {
        nint name = Marshal.StringToCoTaskMemUTF8(path);
        SystemCall.TryInvoke(SystemCallNumber.access, out LinuxError error, name, MayWrite);
        Marshal.FreeCoTaskMem(name);
        return error == LinuxError.None;
    }
}
