using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Rel4.Hosted.Linux;
using Rel4.Hosted.Sandbox;

namespace Rel4.Cli.Doctor;

/// <summary>Looks at what this machine offers.</summary>
internal static class Examination
{
    private const int NeededVersion = 10;

    /// <summary>Looks at everything.</summary>
    public static Report Examine() => new(
    [
        .. Machine(),
        .. DotNet(),
        .. LinuxReport.Inspect().Features.Select(feature => Describe("Linux", feature)),
        .. LaunchReport.Inspect().Features.Select(feature => Describe("start", feature)),
        UserNamespaces(),
        .. SandboxReport.Inspect().Protections.Select(Describe),
        .. LimitReport.Inspect().Limits.Select(Describe),
        .. Tool.All().Select(Describe),
    ]);

    private static Finding Describe(string area, LinuxFeature feature) => feature.IsPresent
        ? new Finding(area, feature.Name, Verdict.Good, feature.Detail)
        : new Finding(area, feature.Name, feature.IsNeeded ? Verdict.Bad : Verdict.Absent, $"needed for {feature.Purpose}", feature.Detail);

    private static Finding Describe(Protection layer) => layer.IsActive
        ? new Finding("sandbox", layer.Name, Verdict.Good, layer.Detail)
        : new Finding("sandbox", layer.Name, Verdict.Absent, $"not stopped: {layer.Purpose}", layer.Detail);

    private static Finding Describe(LimitSupport limit)
    {
        string name = limit.Resource switch
        {
            LimitedResource.Memory => "memory of tasks",
            LimitedResource.Processors => "processors of tasks",
            _ => "threads of tasks",
        };
        return limit.Enforcement switch
        {
            LimitEnforcement.Full => new Finding("limits", name, Verdict.Good, limit.Means),
            LimitEnforcement.Partial => new Finding("limits", name, Verdict.Absent, $"held against mistakes only: {limit.Means}", limit.Fix),
            _ => new Finding("limits", name, Verdict.Absent, $"not held: {limit.Means}", limit.Fix),
        };
    }

    private static Finding Describe(Tool tool) => tool.Path is { } path
        ? new Finding("tests", tool.Command, Verdict.Good, path)
        : new Finding("tests", tool.Command, Verdict.Absent, tool.Purpose, $"apt-get install {tool.Package}");

    private static IEnumerable<Finding> Machine()
    {
        bool isRight = OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64;
        yield return new Finding(
            "machine", "system", isRight ? Verdict.Good : Verdict.Bad, $"{RuntimeInformation.OSDescription}, {RuntimeInformation.OSArchitecture}",
            isRight ? null : "Linux on x86-64 is needed");
        int cores = Environment.ProcessorCount;
        yield return new Finding(
            "machine", "processors", Verdict.Good,
            string.Create(CultureInfo.InvariantCulture, $"{cores}: the kernel runs {(cores < 4 ? "on its callers' processor" : "on a processor of its own")}"));
        yield return HasUserInterrupts()
            ? new Finding("machine", "user interrupts", Verdict.Good, "the processor has them (UINTR); Linux does not offer them, the Metal machine uses them")
            : new Finding("machine", "user interrupts", Verdict.Absent, "the processor has none (UINTR); signals between tasks use shared memory");
    }

    private static IEnumerable<Finding> DotNet()
    {
        yield return new Finding("machine", ".NET runtime", Verdict.Good, RuntimeInformation.FrameworkDescription);
        string sdks = Path.Combine(DotnetRoot(), "sdk");
        Version newest = Directory.Exists(sdks)
            ? Directory.EnumerateDirectories(sdks).Select(folder => ParseVersion(Path.GetFileName(folder))).DefaultIfEmpty(new Version()).Max()!
            : new Version();
        yield return newest.Major >= NeededVersion
            ? new Finding("machine", ".NET SDK", Verdict.Good, newest.ToString())
            : new Finding(
                "machine", ".NET SDK", Verdict.Absent, "systems run, but nothing can be built",
                "https://dotnet.microsoft.com/download/dotnet/10.0, or apt-get install dotnet-sdk-10.0");
    }

    /// <summary>Asks the processor: leaf 7 of CPUID, bit 5 of EDX (Intel's manual, volume 1, chapter "User Interrupts").</summary>
    private static bool HasUserInterrupts() => X86Base.IsSupported && ((X86Base.CpuId(7, 0).Edx >> 5) & 1) != 0;

    private static Finding UserNamespaces()
    {
        bool allowed = Read("/proc/sys/user/max_user_namespaces") != 0 && Read("/proc/sys/kernel/unprivileged_userns_clone") != 0
            && Read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") is null or 0;
        return allowed
            ? new Finding("Linux", "user namespaces", Verdict.Good, "open to all users; the sandbox closes them to tasks")
            : new Finding("Linux", "user namespaces", Verdict.Absent, "closed to ordinary users; nothing here needs them");
    }

    private static int? Read(string path) =>
        File.Exists(path) && int.TryParse(File.ReadAllText(path), CultureInfo.InvariantCulture, out int value) ? value : null;

    // The runtime lies in <root>/shared/Microsoft.NETCore.App/<version>/.
    private static string DotnetRoot() => Path.GetFullPath("../../..", RuntimeEnvironment.GetRuntimeDirectory());

    private static Version ParseVersion(string text) => Version.TryParse(text.Split('-')[0], out Version? version) ? version : new Version();
}
