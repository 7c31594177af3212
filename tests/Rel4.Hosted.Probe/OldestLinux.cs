using System.Diagnostics;
using Rel4.Hosted.Linux;
using static Rel4.Hosted.Linux.SystemCallNumber;

namespace Rel4.Hosted.Probe;

/// <summary>Runs a probe as if Linux were the oldest that is good enough, 5.9: a filter fails what came later, as that does.</summary>
internal static class OldestLinux
{
    /// <summary>The last call that Linux 5.9 has, of those in use.</summary>
    private const SystemCallNumber Last = faccessat2;

    // MFD_CLOEXEC, MFD_ALLOW_SEALING, MFD_HUGETLB.
    private const uint MemoryFileFlags = 0b111;

    private const int SetFilter = 1;

    /// <summary>Runs it, in a process of its own, and returns its exit code.</summary>
    public static int Run(string[] probe)
    {
        Restrict();
        var start = new ProcessStartInfo(Environment.ProcessPath!, [typeof(OldestLinux).Assembly.Location, .. probe]);
        // This thread makes the child, which inherits its filter.
        using Process child = Process.Start(start)!;
        child.WaitForExit();
        return child.ExitCode;
    }

    /// <summary>Tells what Linux offers, and tries to execute a file such as frames are.</summary>
    public static unsafe IEnumerable<string> Describe()
    {
        foreach (LinuxFeature feature in LinuxReport.Inspect().Features)
            yield return $"{feature.Name}: {feature.IsPresent}, {feature.Detail}";
        yield return TryExecute();
    }

    private static unsafe string TryExecute()
    {
        const int ItselfNotBelow = 0x1000; // AT_EMPTY_PATH
        int file = Memory.TryCreateFile("executed", Environment.SystemPageSize);
        nint name = 0;
        return Attempts.Call("execute a frame", execveat, file, (nint)(&name), 0, 0, ItselfNotBelow).ToString();
    }

    private static unsafe void Restrict()
    {
        SystemCallNumber[] calls = [.. Enum.GetValues<SystemCallNumber>().Where(call => call <= Last && call != memfd_create)];
        SystemCallRule[] rules =
        [
            new("older", new FilterVerdict.Allow(), [.. calls]),
            new("newer flags", new FilterVerdict.AllowIf([[ArgumentTest.Bits(1, ~MemoryFileFlags, 0)]], LinuxError.EINVAL), [memfd_create]),
        ];
        var filter = new SeccompProgram(rules);
        fixed (SeccompProgram.Instruction* instructions = filter.Instructions)
        {
            var header = new SeccompProgram.Header { Length = checked((ushort)filter.Instructions.Length), Instructions = (nint)instructions };
            SystemCall.Invoke(prctl, (nint)ProcessControl.SetNoNewPrivileges, 1);
            SystemCall.Invoke(seccomp, SetFilter, 0, (nint)(&header));
        }
    }
}
