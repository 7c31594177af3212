using System.Runtime.InteropServices;
using Rel4.Hosted.Linux;
using static Rel4.Hosted.Linux.SystemCallNumber;
using static Rel4.Hosted.Probe.Attempts;

namespace Rel4.Hosted.Probe;

/// <summary>Tries to get at what processes share without sharing memory or files: locks, names, counters of a user, events.</summary>
internal static unsafe class AttemptsOnShared
{
    private const int NoUser = 0x5FFF_FFFF, NoProcess = 0x3FFF_FFFF;
    private const int Unix = 1, Stream = 1, CurrentDirectory = -100;

    /// <summary>Makes all of these attempts.</summary>
    public static IEnumerable<Attempt> All(int other) =>
        [.. OnFiles(), .. OnNames(), .. OnUser(other), .. OnMemory(), .. OnItself()];

    private static Attempt[] OnFiles()
    {
        nint path = Marshal.StringToCoTaskMemUTF8("/dev/null");
        var file = (int)SystemCall.Invoke(openat, CurrentDirectory, path, ReadOnly);
        // struct flock: F_RDLCK, from the start to the end.
        byte* range = stackalloc byte[32];
        new Span<byte>(range, 32).Clear();
        Attempt[] attempts =
        [
            Call("flock /dev/null", flock, file, 2 | 4), // LOCK_EX | LOCK_NB
            Call("flock shared", flock, file, 1 | 4),
            Call("lock of a part", fcntl, file, 6, (nint)range),
            Call("lock of a part, waiting", fcntl, file, 7, (nint)range),
            Call("look at locks", fcntl, file, 5, (nint)range),
            Call("lock of a descriptor", fcntl, file, 37, (nint)range),
            Call("lock of a descriptor, waiting", fcntl, file, 38, (nint)range),
            Call("look at locks of descriptors", fcntl, file, 36, (nint)range),
            Call("lease", fcntl, file, 1024, 2), // F_SETLEASE, F_UNLCK: nothing to give up
            Call("watch folder", fcntl, file, 1026),
            Call("signals of a file", fcntl, file, 8),
            Call("attributes", ioctl, file, 0x4008_6602),
            Call(inotify_init),
            Call("inotify_init1", inotify_init1, -1),
            Call(inotify_add_watch, -1),
            Call(fanotify_init, -1),
            Call(sync_file_range, -1),
            Call(cachestat, -1),
            Call(execve),
            Call(execveat, -1, path),
            Call(openat2, -1),
        ];
        Marshal.FreeCoTaskMem(path);
        _ = Descriptors.Close(file);
        return attempts;
    }

    /// <summary>Tries to name an end of a pair, which others then could connect to, or be kept from the name.</summary>
    private static Attempt[] OnNames()
    {
        int* pair = stackalloc int[2];
        SystemCall.Invoke(socketpair, Unix, Stream, 0, (nint)pair);
        byte* address = stackalloc byte[16];
        new Span<byte>(address, 16).Clear();
        *(ushort*)address = Unix;
        "attempt"u8.CopyTo(new Span<byte>(address + 3, 13));
        Attempt[] attempts =
        [
            Call("bind abstract", bind, pair[0], (nint)address, 16),
            Call("bind any", bind, pair[0], (nint)address, 2),
            Call("socketpair of another family", socketpair, 30, Stream, 0, (nint)pair),
        ];
        Descriptors.CloseAll(pair[0], pair[1]);
        return attempts;
    }

    private static Attempt[] OnUser(int other) =>
    [
        // Of nobody: 0 would be this user, and outside a sandbox all of it.
        Call("setpriority user", setpriority, 2, NoUser),
        Call("setpriority group", setpriority, 1, NoProcess),
        Call("ioprio_set user", ioprio_set, 3, 0, -1),
        Call("sched_setscheduler real-time", sched_setscheduler, 0, 1),
        Call(sched_setattr),
        Call("kill all", kill, -1, 0),
        Call("kill group", kill, 0, 0),
        Call("tgkill", tgkill, other, other, 0),
        Call("tkill", tkill, other, 0),
        Call("rt_sigqueueinfo", rt_sigqueueinfo, other, 0),
        Call("pidfd_send_signal", pidfd_send_signal, -1),
        Call(timer_create, -1),
        Call(mq_open),
        Call("setpgid", setpgid, NoProcess),
    ];

    private static Attempt[] OnMemory()
    {
        uint word = 0;
        return
        [
            Call("futex requeue of others", futex, (nint)(&word), 3, 0, 0, (nint)(&word)),
            Call("futex lock", futex, (nint)(&word), 6),
            Call(futex_requeue, 0),
            Call("membarrier of the machine", membarrier, 1),
            Call("madvise merge", madvise, 0, 0, 12),
            Call("memfd_create huge", memfd_create, 0, 4),
            Call("mmap huge", mmap, 0, 0, 0, 0x4_0022),
            Call(splice, -1),
            Call(vmsplice, -1),
        ];
    }

    private static Attempt[] OnItself() =>
    [
        Call("prctl dumpable", prctl, (int)ProcessControl.SetDumpable, 1),
        Call("seccomp", seccomp, 2),
        Call(capset),
        Call("setsockopt packet filter", setsockopt, -1, 1, 26),
        Call("unknown call", (SystemCallNumber)470),
    ];
}
