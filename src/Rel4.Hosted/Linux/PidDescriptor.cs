using System.Runtime.InteropServices;

namespace Rel4.Hosted.Linux;

/// <summary>Names processes by descriptor, so that a number used again is never taken for the old process (<c>pidfd_open(2)</c>).</summary>
internal static unsafe partial class PidDescriptor
{
    private const nint OpenNumber = 434, SendSignalNumber = 424;
    private const int KillSignal = 9;

    /// <summary>Opens a descriptor of a process that its caller has not waited for yet.</summary>
    public static int Open(int process) => LinuxException.Check((int)SysCall(OpenNumber, process, 0, null, 0), "pidfd_open");

    /// <summary>Kills a process, if it is still there.</summary>
    public static void Kill(int descriptor) => _ = SysCall(SendSignalNumber, descriptor, KillSignal, null, 0);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SysCall(nint number, nint first, nint second, void* third, nint fourth);
}
