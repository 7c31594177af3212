namespace Rel4.Hosted.Probe.Isolation;

/// <summary>Names the ways in which a task tries to get at another process by Linux's own means.</summary>
public enum ProcessTrespass
{
    /// <summary><c>ptrace</c>, by which debuggers attach.</summary>
    Trace,

    /// <summary><c>process_vm_readv</c>.</summary>
    ReadMemory,

    /// <summary><c>process_vm_writev</c>.</summary>
    WriteMemory,

    /// <summary><c>/proc/(pid)/mem</c>.</summary>
    OpenMemory,

    /// <summary><c>/proc/(pid)/maps</c>.</summary>
    OpenMaps,

    /// <summary><c>/proc/(pid)/environ</c>.</summary>
    OpenEnvironment,

    /// <summary><c>/proc/(pid)/fd/0</c>.</summary>
    OpenDescriptor,

    /// <summary><c>/proc/(pid)/map_files</c>.</summary>
    OpenMapFiles,

    /// <summary><c>/proc/(pid)/syscall</c>, which shows registers.</summary>
    OpenRegisters,

    /// <summary><c>/dev/mem</c>, the memory of the machine.</summary>
    OpenMachineMemory,

    /// <summary><c>pidfd_getfd</c>.</summary>
    TakeDescriptor,

    /// <summary><c>kcmp</c>, which compares what two processes have.</summary>
    Compare,

    /// <summary><c>perf_event_open</c>, by which profilers measure.</summary>
    Profile,

    /// <summary><c>process_madvise</c>.</summary>
    AdviseMemory,

    /// <summary><c>move_pages</c>, which tells where pages lie.</summary>
    MovePages,

    /// <summary><c>kill</c>.</summary>
    Signal,

    /// <summary><c>tgkill</c>.</summary>
    SignalThread,

    /// <summary><c>rt_sigqueueinfo</c>.</summary>
    QueueSignal,

    /// <summary><c>pidfd_send_signal</c>.</summary>
    SignalDescriptor,

    /// <summary><c>prlimit64</c>.</summary>
    LimitResources,

    /// <summary><c>sched_setaffinity</c>.</summary>
    Move,

    /// <summary><c>setpriority</c>.</summary>
    SetPriority,

    /// <summary>.NET's diagnostic port, by which debuggers and profilers attach to .NET programs.</summary>
    Diagnose,
}
