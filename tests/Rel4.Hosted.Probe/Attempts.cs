using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Rel4.Hosted.Linux;
using static Rel4.Hosted.Linux.SystemCallNumber;

namespace Rel4.Hosted.Probe;

/// <summary>Tries what a task must not be able to do.</summary>
/// <remarks>
/// Arguments are chosen so that nothing happens where a call is allowed: it then fails for another reason than a refusal, or succeeds
/// without an effect. So the same attempts can be made outside a sandbox, to see that it is the sandbox that refuses them.
/// </remarks>
internal static class Attempts
{
    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int Create = 0x40;

    /// <summary>Makes a file without a name, which is gone when it is closed (<c>O_TMPFILE</c>).</summary>
    public const int Unnamed = 0x41_0000;

    private const int AtWorkingDirectory = -100;
    private const int Unix = 1;
    private const int Internet = 2;
    private const int Netlink = 16;
    private const int Stream = 1;
    private const int Datagram = 2;

    public static IEnumerable<Attempt> OnEverything(int other) =>
        [
        .. OnMachine(), .. OnOwnRestrictions(), .. OnFiles(), .. OnSockets(), .. OnProcess(other), .. AttemptsOnShared.All(other),
    ];

    /// <summary>Tries to get at another process.</summary>
    public static IEnumerable<Attempt> OnProcess(int other) =>
    [
        Call(ptrace, 3, other),
        Call(process_vm_readv, other),
        Call(process_vm_writev, other),
        Call(process_madvise, -1),
        Call(process_mrelease, -1),
        Call(pidfd_getfd, -1),
        Call(kcmp, other, other),
        Call(perf_event_open, 0, other),
        Call(move_pages, other),
        Call(kill, other, 0),
        Call(prlimit64, other),
        Call(sched_setaffinity, other),
        Call(setpriority, 99, other),
        Open($"/proc/{other}/mem", ReadOnly),
        Open($"/proc/{other}/environ", ReadOnly),
        Open($"/proc/{other}/maps", ReadOnly),
        Open($"/proc/{other}/fd/0", ReadOnly),
    ];

    public static IEnumerable<Attempt> OnSockets()
    {
        nint pair = Marshal.AllocCoTaskMem(2 * sizeof(int));
        Attempt[] attempts =
        [
            Call("socket unix", socket, Unix, Stream),
            Call("socket internet", socket, Internet, Stream),
            Call("socket netlink", socket, Netlink, Datagram),
            Call("socketpair datagram", socketpair, Unix, Datagram, 0, pair),
            Call("socketpair stream", socketpair, Unix, Stream, 0, pair),
        ];
        Marshal.FreeCoTaskMem(pair);
        return attempts;
    }

    /// <summary>Tries to connect to a Unix socket.</summary>
    public static unsafe Attempt Connect(string name, string path)
    {
        const int PathSize = 108;
        byte* address = stackalloc byte[sizeof(ushort) + PathSize];
        new Span<byte>(address, sizeof(ushort) + PathSize).Clear();
        *(ushort*)address = Unix;
        System.Text.Encoding.UTF8.GetBytes(path, new Span<byte>(address + sizeof(ushort), PathSize));
        var descriptor = (int)SystemCall.Invoke(socket, Unix, Stream);
        Attempt attempt = Call($"connect {name}", connect, descriptor, (nint)address, sizeof(ushort) + PathSize);
        _ = Descriptors.Close(descriptor);
        return attempt;
    }

    public static Attempt Open(string path, int flags)
    {
        nint name = Marshal.StringToCoTaskMemUTF8(path);
        Attempt attempt = Call($"open {path}", openat, AtWorkingDirectory, name, flags, 0b110_000_000);
        Marshal.FreeCoTaskMem(name);
        return attempt;
    }

    private static IEnumerable<Attempt> OnMachine() =>
    [
        Call(bpf, -1),
        Call(userfaultfd, -1),
        Call(io_uring_setup),
        Call(io_uring_enter, -1),
        Call(io_uring_register, -1),
        Call(keyctl, -1),
        Call(add_key),
        Call(request_key),
        Call(name_to_handle_at, -1),
        Call(open_by_handle_at, -1),
        Call(mount),
        Call(umount2),
        Call(move_mount, -1, 0, -1, 0, -1),
        Call(open_tree, -1, 0, -1),
        Call(fsopen, 0, -1),
        Call(mount_setattr, -1, 0, -1),
        Call(pivot_root),
        Call(chroot),
        Call(setns, -1),
        Call(unshare, 1),
        Call(init_module),
        Call(finit_module, -1),
        Call(delete_module),
        Call(kexec_load, 0, 0, 0, -1),
        Call(reboot),
        Call(swapon),
        Call(quotactl, -1),
        Call(settimeofday, 1, 1),
        Call(shmget),
        Call(msgget, 1),
        Call(semget, 1, 1),
        Call(mq_open),
        Call("x32 getpid", (SystemCallNumber)(0x4000_0000 | (int)getpid)),
    ];

    private static IEnumerable<Attempt> OnOwnRestrictions() =>
    [
        // CLONE_SIGHAND without CLONE_VM is invalid, and so is CLONE_NEWUSER in a thread.
        Call("clone process", clone, 0x800),
        Call("clone namespace", clone, 0x1001_0000),
        Call(clone3),
        StartProcess(),
        Call("prctl parent's death", prctl, (int)ProcessControl.SetParentDeathSignal),
        Call("ioctl terminal input", ioctl, 0, 0x5412),
        Call(setresuid),
    ];

    private static IEnumerable<Attempt> OnFiles() =>
    [
        Open("/etc/shadow", ReadOnly),
        Open("/", ReadOnly),
        Open("/tmp", ReadOnly),
        Open("/dev/shm", ReadOnly),
        Open("/proc/self/comm", WriteOnly),
        Open("/var/tmp", WriteOnly | Unnamed),
    ];

    private static Attempt StartProcess()
    {
        try
        {
            using Process process = Process.Start("/bin/true")!;
            process.WaitForExit();
            return new Attempt("Process.Start", LinuxError.None);
        }
        catch (Win32Exception refusal)
        {
            return new Attempt("Process.Start", (LinuxError)refusal.NativeErrorCode);
        }
    }

    public static Attempt Call(
        SystemCallNumber number, nint first = 0, nint second = 0, nint third = 0, nint fourth = 0, nint fifth = 0) =>
        Call(number.ToString(), number, first, second, third, fourth, fifth);

    public static Attempt Call(
        string name, SystemCallNumber number, nint first = 0, nint second = 0, nint third = 0, nint fourth = 0, nint fifth = 0)
    {
        SystemCall.TryInvoke(number, out LinuxError error, first, second, third, fourth, fifth);
        return new Attempt(name, error);
    }
}
