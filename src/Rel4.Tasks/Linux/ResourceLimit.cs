using System.Runtime.InteropServices;

namespace Rel4.Hosted.Linux;

/// <summary>Names resources that <c>setrlimit(2)</c> bounds.</summary>
internal enum Resource
{
    DataBytes = 2,
    CoreBytes = 4,
    ProcessesOfUser = 6,
    Descriptors = 7,
    AddressBytes = 9,
    PendingSignalsOfUser = 11,
    Niceness = 13,
    RealTimePriority = 14,
}

/// <summary>Is a limit that a process may use (soft) and may raise itself to (hard): <c>struct rlimit64</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ResourceLimit
{
    /// <summary>Stands for no limit.</summary>
    public const ulong Unlimited = ulong.MaxValue;

    public ulong Soft;
    public ulong Hard;

    /// <summary>Gets the limit of the calling process.</summary>
    public static unsafe ResourceLimit Current(Resource resource)
    {
        ResourceLimit current;
        SystemCall.Invoke(SystemCallNumber.prlimit64, 0, (nint)resource, 0, (nint)(&current));
        return current;
    }
}
