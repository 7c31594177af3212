using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rel4.Hosted.Linux;

/// <summary>Names what a rule allows below a path (<c>LANDLOCK_ACCESS_FS_*</c>).</summary>
[Flags]
internal enum FileAccessRights : ulong
{
    None = 0,
    Execute = 1UL << 0,
    WriteFile = 1UL << 1,
    ReadFile = 1UL << 2,
    ReadDirectory = 1UL << 3,
    RemoveDirectory = 1UL << 4,
    RemoveFile = 1UL << 5,
    MakeCharacterDevice = 1UL << 6,
    MakeDirectory = 1UL << 7,
    MakeFile = 1UL << 8,
    MakeSocket = 1UL << 9,
    MakeFifo = 1UL << 10,
    MakeBlockDevice = 1UL << 11,
    MakeSymbolicLink = 1UL << 12,

    /// <summary>Renames and links between folders; since version 2.</summary>
    Refer = 1UL << 13,

    /// <summary>Since version 3.</summary>
    Truncate = 1UL << 14,

    /// <summary>Controls devices; since version 5.</summary>
    ControlDevice = 1UL << 15,

    /// <summary>The rights that a rule on a file, not a folder, may name.</summary>
    OfFile = Execute | WriteFile | ReadFile | Truncate | ControlDevice,
}

/// <summary>Confines processes to the files, ports and processes of their own domain (<c>landlock(7)</c>).</summary>
internal static unsafe class Landlock
{
    /// <summary>The version of the interface from which TCP ports can be confined.</summary>
    public const int VersionWithPorts = 4;

    /// <summary>The version of the interface from which signals and abstract sockets can be confined.</summary>
    public const int VersionWithScopes = 6;

    private const uint CreateRulesetVersion = 1;
    private const int RuleTypePathBeneath = 1;
    private const ulong AllPortRights = 0b11;
    private const ulong AllScopes = 0b11;
    private const int OpenPathOnlyCloseOnExec = 0x20_0000 | 0x8_0000;
    private const int AtWorkingDirectory = -100;

    /// <summary>Gets the version of the interface, or 0 where the kernel has none or it was switched off at boot.</summary>
    public static int Version { get; } = ReadVersion();

    /// <summary>Gets the rights that the running kernel can refuse.</summary>
    public static FileAccessRights KnownRights => Version switch
    {
        0 => FileAccessRights.None,
        1 => FileAccessRights.Refer - 1,
        2 => FileAccessRights.Truncate - 1,
        3 or 4 => FileAccessRights.ControlDevice - 1,
        _ => (FileAccessRights)(((ulong)FileAccessRights.ControlDevice << 1) - 1),
    };

    /// <summary>
    /// Makes a ruleset that refuses all file access, signals and abstract sockets out of the domain, as far as the kernel can.
    /// </summary>
    /// <param name="ports">Whether TCP ports are refused as well.</param>
    public static SafeFileHandle CreateRuleset(PortRule ports)
    {
        var attributes = new RulesetAttributes
        {
            HandledFileAccess = KnownRights,
            HandledPortAccess = ports == PortRule.RefuseAll && Version >= VersionWithPorts ? AllPortRights : 0,
            Scoped = Version >= VersionWithScopes ? AllScopes : 0,
        };
        nint ruleset = SystemCall.Invoke(SystemCallNumber.landlock_create_ruleset, (nint)(&attributes), sizeof(RulesetAttributes));
        return new SafeFileHandle(ruleset, ownsHandle: true);
    }

    /// <summary>Allows access to a file, or to everything below a folder.</summary>
    public static void Allow(SafeFileHandle ruleset, string path, FileAccessRights rights)
    {
        using SafeFileHandle place = OpenPath(path);
        var attributes = new PathBeneathAttributes
        {
            Allowed = rights & KnownRights & (Directory.Exists(path) ? ~FileAccessRights.None : FileAccessRights.OfFile),
            Parent = (int)place.DangerousGetHandle(),
        };
        SystemCall.Invoke(SystemCallNumber.landlock_add_rule, ruleset.DangerousGetHandle(), RuleTypePathBeneath, (nint)(&attributes));
    }

    private static SafeFileHandle OpenPath(string path)
    {
        nint name = Marshal.StringToCoTaskMemUTF8(path);
        try
        {
            nint descriptor = SystemCall.TryInvoke(
                SystemCallNumber.openat, out LinuxError error, AtWorkingDirectory, name, OpenPathOnlyCloseOnExec);
            return error == LinuxError.None
                ? new SafeFileHandle(descriptor, ownsHandle: true)
                : throw new LinuxException(nameof(SystemCallNumber.openat), error, path);
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
        }
    }

    private static int ReadVersion()
    {
        nint version = SystemCall.TryInvoke(
            SystemCallNumber.landlock_create_ruleset, out LinuxError error, 0, 0, (nint)CreateRulesetVersion);
        return error == LinuxError.None ? (int)version : 0;
    }

    /// <summary>Is <c>struct landlock_ruleset_attr</c>; older kernels accept the later fields as long as they are 0.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct RulesetAttributes
    {
        public FileAccessRights HandledFileAccess;
        public ulong HandledPortAccess;
        public ulong Scoped;
    }

    /// <summary>Is <c>struct landlock_path_beneath_attr</c>, which is packed.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct PathBeneathAttributes
    {
        public FileAccessRights Allowed;
        public int Parent;
    }
}

/// <summary>Says what a ruleset does about TCP ports.</summary>
internal enum PortRule
{
    LeaveOpen,
    RefuseAll,
}
