using System.Runtime.InteropServices;

namespace Rel4.Hosted.Linux;

/// <summary>Names privileges of Linux (<c>capabilities(7)</c>) that starting a task makes use of.</summary>
[Flags]
internal enum LinuxPrivileges : ulong
{
    None = 0,
    ChangeOwner = 1UL << 0,
    IgnoreFileModes = 1UL << 1,
    ChangeOthersModes = 1UL << 3,
    SignalOthers = 1UL << 5,
    SetGroup = 1UL << 6,
    SetUser = 1UL << 7,
    ShrinkBoundingSet = 1UL << 8,
}

/// <summary>Reads the privileges of the calling thread.</summary>
internal static unsafe class Capabilities
{
    /// <summary>Names the layout with two words a set (<c>_LINUX_CAPABILITY_VERSION_3</c>).</summary>
    private const uint Version3 = 0x20080522;

    /// <summary>Gets the header of a call about the calling thread.</summary>
    public static Header OfCaller => new() { Version = Version3 };

    /// <summary>Gets the privileges in effect.</summary>
    public static LinuxPrivileges Effective
    {
        get
        {
            Header header = OfCaller;
            Sets sets;
            SystemCall.Invoke(SystemCallNumber.capget, (nint)(&header), (nint)(&sets));
            return (LinuxPrivileges)(sets.EffectiveLow | ((ulong)sets.EffectiveHigh << 32));
        }
    }

    /// <summary>Gets the highest number of a privilege that the running kernel knows.</summary>
    /// <remarks>It asks Linux for one after the other. A file tells it too, which everybody may open, and so lock.</remarks>
    public static int Last { get; } = FindLast();

    private static int FindLast()
    {
        for (int privilege = 0; ; privilege++)
        {
            SystemCall.TryInvoke(SystemCallNumber.prctl, out LinuxError error, (nint)ProcessControl.ReadBoundingSet, privilege);
            if (error != LinuxError.None)
                return privilege - 1;
        }
    }

    /// <summary>Is <c>struct __user_cap_header_struct</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Header
    {
        public uint Version;
        public int ThreadId;
    }

    /// <summary>Is <c>struct __user_cap_data_struct[2]</c>; all zero is no privilege at all.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Sets
    {
        public uint EffectiveLow;
        public uint PermittedLow;
        public uint InheritableLow;
        public uint EffectiveHigh;
        public uint PermittedHigh;
        public uint InheritableHigh;
    }
}
