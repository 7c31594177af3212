using System.Net.Sockets;
using Rel4.Hosted.Linux;
using static Rel4.Hosted.Linux.SystemCallNumber;

namespace Rel4.Hosted.Probe.Isolation;

/// <summary>Tries to get at another process by Linux's own means.</summary>
/// <remarks>
/// Arguments are chosen so that nothing happens where a call is let through. So whatever is not refused counts as success.
/// </remarks>
internal static class ProcessTrespasses
{
    private const int NoSignal = 0;

    public static Finding Try(ProcessTrespass trespass, int process) => trespass switch
    {
        ProcessTrespass.Trace => Call(ptrace, 3, process),
        ProcessTrespass.ReadMemory => Call(process_vm_readv, process),
        ProcessTrespass.WriteMemory => Call(process_vm_writev, process),
        ProcessTrespass.OpenMemory => Open($"/proc/{process}/mem"),
        ProcessTrespass.OpenMaps => Open($"/proc/{process}/maps"),
        ProcessTrespass.OpenEnvironment => Open($"/proc/{process}/environ"),
        ProcessTrespass.OpenDescriptor => Open($"/proc/{process}/fd/0"),
        ProcessTrespass.OpenMapFiles => OpenMapFiles(process),
        ProcessTrespass.OpenRegisters => OpenRegisters(process),
        ProcessTrespass.OpenMachineMemory => File.Exists("/dev/mem") ? Open("/dev/mem") : Finding.Refused("there is none"),
        ProcessTrespass.TakeDescriptor => Call(pidfd_getfd, OpenProcess(process)),
        ProcessTrespass.Compare => Call(kcmp, process, process),
        ProcessTrespass.Profile => Call(perf_event_open, 0, process),
        ProcessTrespass.AdviseMemory => Call(process_madvise, OpenProcess(process)),
        ProcessTrespass.MovePages => Call(move_pages, process),
        ProcessTrespass.Signal => Call(kill, process, NoSignal),
        ProcessTrespass.SignalThread => Call(tgkill, process, process, NoSignal),
        ProcessTrespass.QueueSignal => QueueSignal(process),
        ProcessTrespass.SignalDescriptor => Call(pidfd_send_signal, OpenProcess(process), NoSignal),
        ProcessTrespass.LimitResources => Call(prlimit64, process),
        ProcessTrespass.Move => Call(sched_setaffinity, process),
        ProcessTrespass.SetPriority => Call(setpriority, 0, process, 1),
        ProcessTrespass.Diagnose => Diagnose(process),
        _ => throw new ArgumentOutOfRangeException(nameof(trespass)),
    };

    private static int OpenProcess(int process) => (int)SystemCall.Invoke(pidfd_open, process);

    private static Finding Call(SystemCallNumber number, nint first, nint second = 0, nint third = 0, nint fourth = 0)
    {
        SystemCall.TryInvoke(number, out LinuxError error, first, second, third, fourth);
        return Finding.OfPrivileged(error);
    }

    private static Finding Open(string path) => Finding.OfPrivileged(Attempts.Open(path, Attempts.ReadOnly).Error);

    private static Finding OpenMapFiles(int process)
    {
        try
        {
            return Open(Directory.EnumerateFiles($"/proc/{process}/map_files").First());
        }
        catch (UnauthorizedAccessException)
        {
            return Finding.Refused(nameof(LinuxError.EACCES));
        }
    }

    /// <summary>Reads the registers: everybody may open the file, and reading is refused.</summary>
    private static Finding OpenRegisters(int process)
    {
        try
        {
            return Finding.Success(File.ReadAllText($"/proc/{process}/syscall"));
        }
        catch (Exception refusal) when (refusal is UnauthorizedAccessException or IOException)
        {
            return Finding.Refused(refusal.Message);
        }
    }

    private static unsafe Finding QueueSignal(int process)
    {
        // siginfo_t; a code below 0 says that it comes from a process.
        int* information = stackalloc int[32];
        new Span<int>(information, 32).Clear();
        information[2] = -1;
        return Call(rt_sigqueueinfo, process, NoSignal, (nint)information);
    }

    /// <summary>Connects to the socket, whose name has the process' number in it, in the folder where .NET puts it by default.</summary>
    private static Finding Diagnose(int process)
    {
        try
        {
            string? port = Directory.EnumerateFiles("/tmp", $"dotnet-diagnostic-{process}-*").FirstOrDefault();
            if (port == null)
                return Finding.Refused("there is none");
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(port));
            return Finding.Success("connected");
        }
        catch (Exception refusal) when (refusal is UnauthorizedAccessException or SocketException)
        {
            return Finding.Refused(refusal.Message);
        }
    }
}
