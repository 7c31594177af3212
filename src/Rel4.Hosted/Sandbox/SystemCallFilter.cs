using Rel4.Hosted.Linux;
using static Rel4.Hosted.Linux.SystemCallNumber;

namespace Rel4.Hosted.Sandbox;

/// <summary>Makes the filter of system calls that a task runs under.</summary>
/// <remarks>
/// It refuses what no task needs, so that everything .NET itself calls goes on as usual, and answers with an error: a task that probes is
/// told no, and libraries that try something optional fall back.
/// </remarks>
internal static class SystemCallFilter
{
    private const uint CloneThread = 0x0001_0000;

    // All CLONE_NEW* that clone(2) takes: namespaces of mounts, cgroups, host names, IPC, users, processes, networks.
    private const uint CloneNamespaces = 0x7E02_0000;

    private const uint UnixFamily = 1;
    private const uint Internet4Family = 2;
    private const uint Internet6Family = 10;
    private const uint NetlinkFamily = 16;

    private const uint SocketTypeMask = 0xF;
    private const uint StreamSocket = 1;
    private const uint SequencedPacketSocket = 5;

    private const uint PushTerminalInput = 0x5412;
    private const uint ControlLinuxConsole = 0x541C;

    /// <summary>Reading, writing or taking over another process.</summary>
    private static ReadOnlySpan<SystemCallNumber> OtherProcesses =>
    [
        ptrace, process_vm_readv, process_vm_writev, process_madvise, process_mrelease, pidfd_getfd, kcmp, perf_event_open, move_pages,
        migrate_pages,
    ];

    /// <summary>
    /// Interfaces to the kernel that are large, and where most of its weaknesses were found; io_uring also makes calls past this filter.
    /// </summary>
    private static ReadOnlySpan<SystemCallNumber> WideInterfaces =>
    [
        bpf, userfaultfd, io_uring_setup, io_uring_enter, io_uring_register, io_setup, add_key, request_key, keyctl, fanotify_init,
        name_to_handle_at, open_by_handle_at, lookup_dcookie, modify_ldt, personality, remap_file_pages, uselib, ustat, sysfs, _sysctl,
    ];

    /// <summary>Changing what the file tree or the namespaces are.</summary>
    private static ReadOnlySpan<SystemCallNumber> Namespaces =>
    [
        mount, umount2, move_mount, open_tree, open_tree_attr, fsopen, fsconfig, fsmount, fspick, mount_setattr, pivot_root, chroot, setns,
        unshare,
    ];

    /// <summary>Administration of the machine.</summary>
    private static ReadOnlySpan<SystemCallNumber> Administration =>
    [
        create_module, init_module, finit_module, delete_module, kexec_load, kexec_file_load, reboot, swapon, swapoff, acct, quotactl,
        quotactl_fd, nfsservctl, syslog, vhangup, sethostname, setdomainname, settimeofday, clock_settime, clock_adjtime, adjtimex, iopl, ioperm,
    ];

    /// <summary>Objects found by number or name outside the file tree, by which processes of one user could talk past the kernel.</summary>
    private static ReadOnlySpan<SystemCallNumber> SharedByName =>
        [shmget, shmat, shmctl, semget, semop, semtimedop, semctl, msgget, msgsnd, msgrcv, msgctl, mq_open, mq_unlink];

    /// <summary>Changing owner, mode, times or attributes of files, which Landlock does not confine.</summary>
    private static ReadOnlySpan<SystemCallNumber> FileMetadata =>
    [
        chmod, fchmod, fchmodat, fchmodat2, chown, fchown, lchown, fchownat, utime, utimes, futimesat, utimensat, setxattr, lsetxattr,
        fsetxattr, setxattrat, removexattr, lremovexattr, fremovexattr, removexattrat, file_setattr,
    ];

    /// <summary>Makes the filter.</summary>
    /// <param name="sockets">The kinds of sockets that the task may make.</param>
    /// <param name="user">Whether it has a user of its own. If not, the files of its user are not its own to change.</param>
    public static SeccompProgram.Instruction[] Build(SocketAccess sockets, UserOwnership user)
    {
        SeccompProgram filter = new SeccompProgram()
            .Refuse(LinuxError.EPERM, OtherProcesses)
            .Refuse(LinuxError.EPERM, WideInterfaces)
            .Refuse(LinuxError.EPERM, Namespaces)
            .Refuse(LinuxError.EPERM, Administration)
            .Refuse(LinuxError.EPERM, SharedByName);
        if (user == UserOwnership.SharedWithCaller)
            filter.Refuse(LinuxError.EPERM, FileMetadata);
        OneProcess(filter);
        OnlyItself(filter);
        Sockets(filter, sockets);
        return filter.RefuseWhen(ioctl, 1, PushTerminalInput, ControlLinuxConsole).Build();
    }

    /// <summary>A task is one process: it makes threads only, so that its end is the end of all it started.</summary>
    private static void OneProcess(SeccompProgram filter) =>
        // The flags of clone3 are in memory, where a filter can't look. Without it the C library uses clone.
        filter.Refuse(LinuxError.ENOSYS, clone3)
            .Refuse(LinuxError.EPERM, fork, vfork)
            .AllowOnly(clone, 0, CloneThread | CloneNamespaces, CloneThread);

    /// <summary>Calls about a process, which 0 says is the caller: Linux allows them on all processes of a user.</summary>
    private static void OnlyItself(SeccompProgram filter)
    {
        foreach (SystemCallNumber call in (ReadOnlySpan<SystemCallNumber>)
            [prlimit64, sched_setaffinity, sched_setparam, sched_setscheduler, sched_setattr])
            filter.AllowOnly(call, 0, uint.MaxValue, 0);
        filter.AllowOnly(setpriority, 1, uint.MaxValue, 0).AllowOnly(ioprio_set, 1, uint.MaxValue, 0)
            // The task ends when its supervisor does.
            .RefuseWhen(prctl, 0, (uint)ProcessControl.SetParentDeathSignal);
    }

    private static void Sockets(SeccompProgram filter, SocketAccess sockets)
    {
        uint[] families =
        [
            .. sockets.HasFlag(SocketAccess.Internet) ? [Internet4Family, Internet6Family, NetlinkFamily] : Array.Empty<uint>(),
            .. sockets.HasFlag(SocketAccess.Unix) ? [UnixFamily] : Array.Empty<uint>(),
        ];
        filter.AllowOnly(socket, 0, uint.MaxValue, families);
        // One of a pair of datagram sockets could send to any address.
        if (!sockets.HasFlag(SocketAccess.Unix))
            filter.AllowOnly(socketpair, 1, SocketTypeMask, StreamSocket, SequencedPacketSocket);
    }
}

/// <summary>Says whose user a task runs under.</summary>
internal enum UserOwnership
{
    OwnedByTask,
    SharedWithCaller,
}
