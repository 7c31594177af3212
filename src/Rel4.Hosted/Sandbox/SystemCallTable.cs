using System.Collections.Immutable;
using Rel4.Hosted.Linux;
using static Rel4.Hosted.Linux.ArgumentTest;
using static Rel4.Hosted.Linux.SystemCallNumber;

namespace Rel4.Hosted.Sandbox;

/// <summary>Is the table of all system calls of Linux on x86-64, up to version 6.18: what a task may call, with which arguments, and why.</summary>
/// <remarks>
/// <para>
/// What is not here fails with <c>ENOSYS</c>, as on a Linux that is older. What is refused fails with <c>EPERM</c>, so that a library which
/// tries something optional goes on without; <c>ENOSYS</c> stands where the C library then uses an older call that a filter can look into.
/// </para>
/// <para>
/// Allowed is what .NET and the C library call, and what an ordinary native program needs. Those calls act on the task's own process, on
/// descriptors that it holds, or on paths, which the file rules confine. The file is long because it is the whole list.
/// </para>
/// </remarks>
internal static class SystemCallTable
{
    private const uint CloneThread = 0x0001_0000;

    // All CLONE_NEW* that clone(2) takes: namespaces of mounts, cgroups, host names, IPC, users, processes, networks.
    private const uint CloneNamespaces = 0x7E02_0000;

    private const uint UnixFamily = 1, Internet4Family = 2, Internet6Family = 10, NetlinkFamily = 16;
    private const uint StreamSocket = 1, DatagramSocket = 2, RawSocket = 3, SequencedPacketSocket = 5;
    private const uint SocketTypeMask = 0xF;

    // The protocols of IP that .NET's sockets have: by default, TCP, UDP, and the echo of Ping (IPv4, IPv6).
    private const uint DefaultProtocol = 0, Tcp = 6, Udp = 17, Icmp4 = 1, Icmp6 = 58;
    private const uint NetlinkRoute = 0;

    private const uint SocketLevel = 1;

    // SO_ATTACH_FILTER, SO_DETACH_FILTER, SO_LOCK_FILTER, SO_ATTACH_BPF, SO_ATTACH_REUSEPORT_CBPF, SO_ATTACH_REUSEPORT_EBPF.
    private static readonly uint[] s_packetFilters = [26, 27, 44, 50, 51, 52];

    // F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC, F_SETPIPE_SZ, F_GETPIPE_SZ, F_ADD_SEALS, F_GET_SEALS.
    private static readonly uint[] s_descriptorCommands = [0, 1, 2, 3, 4, 1030, 1031, 1032, 1033, 1034];

    // TCGETS, TCGETS2, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX, FICLONE.
    private static readonly uint[] s_deviceCommands = [0x5401, 0x802C_542A, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451, 0x4004_9409];

    // SIOCGIFNAME, SIOCGIFCONF, SIOCGIFFLAGS, SIOCGIFADDR, SIOCGIFMTU, SIOCGIFHWADDR, SIOCGIFINDEX, SIOCETHTOOL.
    private static readonly uint[] s_interfaceQueries = [0x8910, 0x8912, 0x8913, 0x8915, 0x8921, 0x8927, 0x8933, 0x8946];

    // PR_GET_DUMPABLE, PR_SET_NAME, PR_GET_NAME, PR_GET_SECCOMP, PR_CAPBSET_READ, PR_GET_NO_NEW_PRIVS, PR_GET_AUXV, PR_SET_VMA.
    private static readonly uint[] s_processControls = [3, 15, 16, 21, 23, 39, 0x4155_5856, 0x5356_4D41];

    // ARCH_SET_GS, ARCH_SET_FS, ARCH_GET_FS, ARCH_GET_GS, ARCH_GET_XCOMP_SUPP, ARCH_GET_XCOMP_PERM, ARCH_REQ_XCOMP_PERM, ARCH_CET_STATUS.
    private static readonly uint[] s_registerControls = [0x1001, 0x1002, 0x1003, 0x1004, 0x1021, 0x1022, 0x1023, 0x3001];

    private const uint FutexOperation = 0x7F, FutexPrivate = 0x80;
    private const uint FutexWait = 0, FutexWake = 1, FutexRequeue = 3, FutexCompareAndRequeue = 4, FutexWakeOperation = 5;
    private const uint FutexWaitBits = 9, FutexWakeBits = 10;

    private const uint HugePages = 0x4_0000;
    private const uint MemoryFileFlags = 0b1_1011; // MFD_CLOEXEC, MFD_ALLOW_SEALING, MFD_NOEXEC_SEAL, MFD_EXEC
    private const uint MergePages = 12, PoisonPage = 100, PutPageOffline = 101;

    /// <summary>Makes the table for a task.</summary>
    /// <param name="sockets">The kinds of sockets that it may make.</param>
    /// <param name="user">Whether it has a user of its own. If not, the files of its user are not its own to change.</param>
    /// <param name="startKey">What only the start of the task knows: half of it in each of the two registers behind the arguments of <c>execve</c>.</param>
    /// <param name="isDebugged">Whether it may let others trace it, and open a diagnostic port to its user.</param>
    public static ImmutableArray<SystemCallRule> For(SocketAccess sockets, UserOwnership user, ulong startKey, bool isDebugged = false)
    {
        bool hasInternet = sockets.HasFlag(SocketAccess.Internet), hasUnix = sockets.HasFlag(SocketAccess.Unix);
        return
        [
            // --- Allowed ---
            Allow(
                "descriptors that the task holds: reading, writing, waiting",
                read, write, pread64, pwrite64, readv, writev, preadv, pwritev, preadv2, pwritev2, lseek, close, close_range, dup, dup2, dup3,
                fsync, fdatasync, ftruncate, fallocate, fadvise64, readahead, sendfile, copy_file_range, getdents, getdents64, poll, ppoll, select, pselect6),
            Allow(
                "new descriptors, up to the task's limit",
                pipe, pipe2, eventfd, eventfd2, signalfd, signalfd4, timerfd_create, timerfd_settime, timerfd_gettime,
                epoll_create, epoll_create1, epoll_ctl, epoll_wait, epoll_pwait, epoll_pwait2),
            Allow(
                "paths: the file rules and the task's user say which",
                open, openat, creat, stat, lstat, fstat, newfstatat, statx, statfs, fstatfs, access, faccessat, faccessat2, readlink, readlinkat,
                mkdir, mkdirat, rmdir, unlink, unlinkat, rename, renameat, renameat2, link, linkat, symlink, symlinkat, mknod, mknodat, truncate,
                getcwd, chdir, fchdir, umask),
            Allow("reading attributes of files", getxattr, lgetxattr, fgetxattr, getxattrat, listxattr, llistxattr, flistxattr, listxattrat, file_getattr),
            Allow(
                "the task's own memory; code is compiled into it",
                munmap, mprotect, mremap, brk, msync, mincore, mlock, munlock, mbind, get_mempolicy, set_mempolicy),
            Allow(
                "the task's own threads: their start, end, storage, processors and waiting",
                exit, exit_group, set_tid_address, set_robust_list, rseq, gettid, sched_yield, getcpu, nanosleep, clock_nanosleep, pause,
                sched_getaffinity, sched_getparam, sched_getscheduler, sched_get_priority_max, sched_get_priority_min, sched_rr_get_interval),
            Allow(
                "the task's own signal handlers; a return from one",
                rt_sigaction, rt_sigprocmask, rt_sigreturn, rt_sigpending, rt_sigtimedwait, rt_sigsuspend, sigaltstack, restart_syscall,
                alarm, setitimer, getitimer),
            Allow(
                "what every process may know of itself and of the machine",
                getpid, getppid, getpgrp, getpgid, getsid, getuid, geteuid, getgid, getegid, getresuid, getresgid, getgroups, capget, getpriority,
                getrlimit, getrusage, times, time, gettimeofday, clock_gettime, clock_getres, uname, sysinfo, getrandom),
            Allow("waiting for a change of one of several words of its own memory", futex_waitv),
            Allow("the end of child processes, of which a task has none", wait4, waitid),
            Allow("telling when a process ends. That is all that a descriptor of one is good for here: signals through it are refused", pidfd_open),
            Allow("what Linux itself puts into a process that an administrator traces; elsewhere they end the caller", uretprobe, uprobe),
            Allow(
                "sockets that the task holds: its kernel's, pairs of its own, those that it was given",
                sendto, sendmsg, sendmmsg, recvfrom, recvmsg, recvmmsg, listen, accept, accept4, shutdown, getsockname, getpeername, getsockopt),

            // --- Allowed with arguments ---
            Only("as memory is the task's own, but not from the machine's pool of huge pages", mmap, [Bits(3, HugePages, 0)]),
            Only("likewise", memfd_create, [Bits(1, ~MemoryFileFlags, 0)]),
            Only(
                "advice about own memory, but none that shares it with others, or takes it from the machine",
                madvise,
                [IsNot(2, MergePages, PoisonPage, PutPageOffline)]),
            Only(
                "waiting and waking. What moves waiters elsewhere only within the process: it would need no more than a page to read",
                futex,
                [Bits(1, FutexOperation, FutexWait, FutexWake, FutexWaitBits, FutexWakeBits)],
                [
                    Bits(1, FutexOperation | FutexPrivate, FutexPrivate | FutexRequeue, FutexPrivate | FutexCompareAndRequeue, FutexPrivate | FutexWakeOperation),
                ]),
            Only("barriers among the task's own threads, not the whole machine's processors", membarrier, [Is(0, 0, 8, 16, 32, 64)]),
            Only(
                "threads only: a task is one process, so that its end is the end of all it started",
                clone,
                [Bits(0, CloneThread | CloneNamespaces, CloneThread)]),
            Only(
                "no locks, leases, watches or signals to others (F_SETLK and its kin, F_SETLEASE, F_NOTIFY, F_SETOWN): a lock on a part of a file "
                    + "needs no more than to read it, and with a lease a task makes others wait who open a file",
                fcntl,
                [Is(1, s_descriptorCommands)]),
            Only(
                "no control of terminals, devices or file attributes",
                ioctl,
                [Is(1, [.. s_deviceCommands, .. hasInternet ? s_interfaceQueries : []])]),
            Only(
                "names of threads and memory, and becoming undumpable. Nothing that undoes what the sandbox has set",
                prctl,
                [Is(0, [.. s_processControls, .. isDebugged ? [(uint)ProcessControl.SetTracer] : Array.Empty<uint>()])],
                [Is(0, (uint)ProcessControl.SetDumpable), Is(1, 0)]),
            Only("registers of the calling thread", arch_prctl, [Is(0, s_registerControls)]),
            Only(
                "becoming the task's program, at its start, and no other later: if another thread than the first did, Linux would forget to kill "
                    + "the task when its supervisor ends",
                execve,
                [Is(3, (uint)startKey), Is(4, (uint)(startKey >> 32))]),
            AllowOnItself("signals to itself: a task need not reach anybody else, whoever its user is", kill, tgkill),
            Only("limits of itself only (0 is the caller): Linux allows them on all processes of a user", prlimit64, [Is(0, 0)]),
            Only("likewise", sched_setaffinity, [Is(0, 0)]),
            Only("likewise", sched_setparam, [Is(0, 0)]),
            Only(
                "likewise, and no real-time policies, with which one thread takes a processor from all others",
                sched_setscheduler,
                [Is(0, 0), Is(1, 0, 3, 5)]),
            Only("likewise: not a group's or a user's (PRIO_USER)", setpriority, [Is(0, 0), Is(1, 0)]),
            Only("likewise (IOPRIO_WHO_PROCESS)", ioprio_set, [Is(0, 1), Is(1, 0)]),
            Only("no code that runs in Linux for each packet", setsockopt, [IsNot(1, SocketLevel)], [IsNot(2, s_packetFilters)]),
            Only(
                "sockets of the kinds granted, by the protocols that .NET has; of netlink only what lists interfaces and routes",
                socket,
                [.. Families(hasInternet, hasUnix, isDebugged)]),
            Only(
                hasUnix ? "Unix sockets are granted" : "connected pairs within the task. One of a pair of datagram sockets could send to any address",
                socketpair,
                [Is(0, UnixFamily), .. hasUnix ? Array.Empty<ArgumentTest>() : [Bits(1, SocketTypeMask, StreamSocket, SequencedPacketSocket)]]),
            When(
                hasInternet || hasUnix || isDebugged,
                "only with sockets granted, or for a diagnostic port: a pair's end could take any abstract name, which others may wait for",
                bind),
            When(
                hasInternet || hasUnix || !isDebugged,
                "sockets that the task holds; but one that can make some for its diagnostic port only is connected to: what listens elsewhere decides by user",
                connect),
            When(
                user == UserOwnership.OwnedByTask,
                "only with a user of its own: the file rules do not confine owner, mode, times and attributes of files",
                chmod, fchmodat, fchmodat2, chown, fchown, lchown, fchownat, utime, utimes, futimesat, utimensat,
                setxattr, lsetxattr, fsetxattr, setxattrat, removexattr, lremovexattr, fremovexattr, removexattrat, file_setattr),
            When(user == UserOwnership.OwnedByTask || isDebugged, "likewise; the diagnostic port of .NET sets the mode of its socket", fchmod),
            Allow("limits of itself, which only fall", setrlimit),

            // --- Refused, for want of a way to look at the arguments: the C library then uses an older call ---
            Refuse(LinuxError.ENOSYS, "its flags are in memory, where a filter can't look; clone does it", clone3),
            Refuse(LinuxError.ENOSYS, "likewise; openat does it", openat2),
            Refuse(
                LinuxError.ENOSYS, "newer ways to wait and wake; futex does it",
                futex_wake, futex_wait, futex_requeue),

            // --- Refused ---
            Refuse(
                "other processes: reading, writing, stopping or taking them over",
                ptrace, process_vm_readv, process_vm_writev, process_madvise, process_mrelease, pidfd_getfd, kcmp, perf_event_open, move_pages,
                migrate_pages, get_robust_list),
            Refuse("signals by ways that kill and tgkill do not need", tkill, rt_sigqueueinfo, rt_tgsigqueueinfo, pidfd_send_signal),
            Refuse("further processes and programs", fork, vfork, execveat, setsid, setpgid),
            Refuse("locks on files that others may open too. .NET takes them on every file it opens, and does without where there are none", flock),
            Refuse(
                "watching what others do with files",
                inotify_init, inotify_init1, inotify_add_watch, inotify_rm_watch, fanotify_init, fanotify_mark),
            Refuse(
                "objects found by number or name outside the file tree, by which tasks could talk past the kernel",
                shmget, shmat, shmdt, shmctl, semget, semop, semtimedop, semctl, msgget, msgsnd, msgrcv, msgctl, mq_open, mq_unlink, mq_timedsend,
                mq_timedreceive, mq_notify, mq_getsetattr, add_key, request_key, keyctl),
            Refuse(
                "other users, groups and privileges",
                setuid, setgid, setreuid, setregid, setresuid, setresgid, setfsuid, setfsgid, setgroups, capset),
            Refuse(
                "what the file tree and the namespaces are",
                mount, umount2, move_mount, open_tree, open_tree_attr, fsopen, fsconfig, fsmount, fspick, mount_setattr, statmount, listmount,
                pivot_root, chroot, setns, unshare, name_to_handle_at, open_by_handle_at),
            Refuse("requests that pass no filter", io_uring_setup, io_uring_enter, io_uring_register),
            Refuse(
                "large interfaces, where many of Linux's weaknesses were found, and that .NET does not use",
                bpf, userfaultfd, seccomp, landlock_create_ruleset, landlock_add_rule, landlock_restrict_self, lsm_get_self_attr, lsm_set_self_attr,
                lsm_list_modules, io_setup, io_destroy, io_getevents, io_submit, io_cancel, io_pgetevents, splice, tee, vmsplice, modify_ldt,
                set_thread_area, get_thread_area, remap_file_pages, memfd_secret, timer_create, timer_settime, timer_gettime, timer_getoverrun,
                timer_delete),
            Refuse(
                "ways to manage memory and threads that .NET does not use",
                mlock2, mlockall, munlockall, pkey_mprotect, pkey_alloc, pkey_free, set_mempolicy_home_node, map_shadow_stack, mseal, personality,
                sched_setattr, sched_getattr, ioprio_get),
            Refuse("work for the whole machine, or knowledge of what others do", sync, syncfs, sync_file_range, cachestat),
            Refuse(
                "administration of the machine",
                init_module, finit_module, delete_module, kexec_load, kexec_file_load, reboot, swapon, swapoff, acct, quotactl, quotactl_fd, syslog,
                vhangup, sethostname, setdomainname, settimeofday, clock_settime, clock_adjtime, adjtimex, iopl, ioperm, ustat, sysfs),
            Refuse(
                "gone from Linux, or never there",
                uselib, _sysctl, create_module, get_kernel_syms, query_module, nfsservctl, getpmsg, putpmsg, afs_syscall, tuxcall, security,
                lookup_dcookie, epoll_ctl_old, epoll_wait_old, vserver),
        ];
    }

    private static IEnumerable<ImmutableArray<ArgumentTest>> Families(bool hasInternet, bool hasUnix, bool isDebugged)
    {
        if (hasUnix)
            yield return [Is(0, UnixFamily)];
        else if (isDebugged)
            yield return [Is(0, UnixFamily), Bits(1, SocketTypeMask, StreamSocket)];
        if (!hasInternet)
            yield break;
        yield return
        [
            Is(0, Internet4Family, Internet6Family), Bits(1, SocketTypeMask, StreamSocket, DatagramSocket), Is(2, DefaultProtocol, Tcp, Udp, Icmp4, Icmp6),
        ];
        yield return [Is(0, NetlinkFamily), Bits(1, SocketTypeMask, DatagramSocket, RawSocket), Is(2, NetlinkRoute)];
    }

    private static SystemCallRule Allow(string reason, params ImmutableArray<SystemCallNumber> calls) => new(reason, new FilterVerdict.Allow(), calls);

    private static SystemCallRule Refuse(string reason, params ImmutableArray<SystemCallNumber> calls) => Refuse(LinuxError.EPERM, reason, calls);

    private static SystemCallRule Refuse(LinuxError error, string reason, params ImmutableArray<SystemCallNumber> calls) =>
        new(reason, new FilterVerdict.Refuse(error), calls);

    /// <summary>Allows calls to tasks that were granted something.</summary>
    private static SystemCallRule When(bool isGranted, string reason, params ImmutableArray<SystemCallNumber> calls) =>
        isGranted ? Allow(reason, calls) : Refuse(reason, calls);

    /// <summary>Allows a call if all tests of one of the alternatives pass.</summary>
    private static SystemCallRule Only(string reason, SystemCallNumber call, params ImmutableArray<ImmutableArray<ArgumentTest>> alternatives) =>
        new(reason, new FilterVerdict.AllowIf(alternatives, LinuxError.EPERM), [call]);

    private static SystemCallRule AllowOnItself(string reason, params ImmutableArray<SystemCallNumber> calls) =>
        new(reason, new FilterVerdict.AllowOnItself(), calls);
}

/// <summary>Says whose user a task runs under.</summary>
internal enum UserOwnership
{
    OwnedByTask,
    SharedWithCaller,
}
