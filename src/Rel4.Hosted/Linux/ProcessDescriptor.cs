using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rel4.Hosted.Linux;

/// <summary>Acts on a process through its descriptor (<c>pidfd_open(2)</c>), which unlike its number never comes to name another.</summary>
internal static unsafe class ProcessDescriptor
{
    private const int IdTypeProcessDescriptor = 3;
    private const int WaitExited = 4;
    private const short PollIn = 1;

    /// <summary>Finds the number of a process; 0 if it can't be told.</summary>
    public static int Id(int process)
    {
        // "Pid:" is followed by the number, or by -1 for a process that was waited for (pidfd_open(2)).
        try
        {
            foreach (string line in File.ReadLines($"/proc/self/fdinfo/{process}"))
            {
                if (line.StartsWith("Pid:", StringComparison.Ordinal))
                    return int.TryParse(line.AsSpan("Pid:".Length), CultureInfo.InvariantCulture, out int id) && id > 0 ? id : 0;
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // There is no descriptor left to read it with, or no /proc: the number is only good for asking whose a thread is.
        }

        return 0;
    }

    /// <summary>Tells whether a thread is one of a process'.</summary>
    public static bool HasThread(int process, int thread)
    {
        SystemCall.TryInvoke(SystemCallNumber.tgkill, out LinuxError error, process, thread, 0);
        return error == LinuxError.None;
    }

    /// <summary>Tells whether a descriptor that somebody else passed names a process, be it one that has ended or that nobody here may signal.</summary>
    public static bool IsOne(int descriptor)
    {
        const int NoSignal = 0;
        SystemCall.TryInvoke(SystemCallNumber.pidfd_send_signal, out LinuxError error, descriptor, NoSignal);
        return error is LinuxError.None or LinuxError.EPERM or LinuxError.ESRCH;
    }

    /// <summary>Kills a process, if it is still there.</summary>
    public static void Kill(int process) =>
        SystemCall.TryInvoke(SystemCallNumber.pidfd_send_signal, out _, process, Signal.Kill);

    /// <summary>Sends a signal; a process that has ended takes none, and that is no error.</summary>
    public static void Send(SafeFileHandle process, int signal)
    {
        SystemCall.TryInvoke(SystemCallNumber.pidfd_send_signal, out LinuxError error, process.DangerousGetHandle(), signal);
        if (error is not (LinuxError.None or LinuxError.ESRCH))
            throw new LinuxException(nameof(SystemCallNumber.pidfd_send_signal), error);
    }

    /// <summary>Waits until the process has ended, and returns whether it has.</summary>
    public static bool WaitForEnd(SafeFileHandle process, TimeSpan limit)
    {
        long end = limit == Timeout.InfiniteTimeSpan ? long.MaxValue : Environment.TickCount64 + (long)limit.TotalMilliseconds;
        var entry = new PollEntry { Descriptor = (int)process.DangerousGetHandle(), Events = PollIn };
        while (true)
        {
            int left = end == long.MaxValue ? -1 : (int)Math.Clamp(end - Environment.TickCount64, 0, int.MaxValue);
            nint ready = SystemCall.TryInvoke(SystemCallNumber.poll, out LinuxError error, (nint)(&entry), 1, left);
            if (error == LinuxError.None)
                return ready == 1;
            if (error != LinuxError.EINTR)
                throw new LinuxException(nameof(SystemCallNumber.poll), error);
        }
    }

    /// <summary>Takes the result of a child that has ended; this is possible once.</summary>
    public static ChildStatus Reap(SafeFileHandle process)
    {
        SignalInfo info;
        SystemCall.Invoke(
            SystemCallNumber.waitid, IdTypeProcessDescriptor, process.DangerousGetHandle(), (nint)(&info), WaitExited);
        return new ChildStatus(info.Code, info.Status);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    /// <summary>Is the part of <c>siginfo_t</c> that <c>waitid(2)</c> fills in.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct SignalInfo
    {
        [FieldOffset(8)]
        public int Code;

        [FieldOffset(24)]
        public int Status;
    }
}

/// <summary>Is how a child ended (<c>siginfo_t</c>).</summary>
/// <param name="Code">1 if it exited (<c>CLD_EXITED</c>), 2 or 3 if a signal ended it.</param>
/// <param name="Value">The exit code or the signal.</param>
internal readonly record struct ChildStatus(int Code, int Value)
{
    /// <summary>Gets whether the process returned an exit code.</summary>
    public bool HasExited => Code == 1;
}
