using System.Runtime.InteropServices;

namespace Rel4.Hosted.Linux;

/// <summary>Makes system calls by number, past the wrappers of the C library.</summary>
/// <remarks>
/// Many calls here have no wrapper. Of those that have one, some wrappers do more than the call: <c>setresuid(3)</c> changes every thread
/// of the process, the call only the one that makes it.
/// </remarks>
internal static partial class SystemCall
{
    /// <summary>Makes a call and throws <see cref="LinuxException"/> if it fails.</summary>
    /// <remarks>A call that a signal interrupted is made again.</remarks>
    public static nint Invoke(
        SystemCallNumber number, nint first = 0, nint second = 0, nint third = 0, nint fourth = 0, nint fifth = 0, nint sixth = 0)
    {
        while (true)
        {
            nint result = TryInvoke(number, out LinuxError error, first, second, third, fourth, fifth, sixth);
            if (error == LinuxError.None)
                return result;
            if (error != LinuxError.EINTR)
                throw new LinuxException(number.ToString(), error);
        }
    }

    /// <summary>Makes a call and returns what it returned, with its error number.</summary>
    public static nint TryInvoke(
        SystemCallNumber number,
        out LinuxError error,
        nint first = 0,
        nint second = 0,
        nint third = 0,
        nint fourth = 0,
        nint fifth = 0,
        nint sixth = 0)
    {
        nint result = Syscall((nint)number, first, second, third, fourth, fifth, sixth);
        error = result == -1 ? (LinuxError)Marshal.GetLastPInvokeError() : LinuxError.None;
        return result;
    }

    // The function is variadic, which on x86-64 differs from this only in AL, the number of vector registers used; it takes no such
    // arguments.
    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Syscall(nint number, nint first, nint second, nint third, nint fourth, nint fifth, nint sixth);
}
