using System.Collections.Immutable;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Linux;
using Rel4.Hosted.TaskSide;
using Rel4.Hosted.Observation;

namespace Rel4.Hosted.Sandbox;

/// <summary>Tells whether this process can start tasks here, as it would find out when it does.</summary>
/// <param name="Features">What a start needs.</param>
public sealed record LaunchReport(ImmutableArray<LinuxFeature> Features)
{
    /// <summary>Tries each of them, and leaves nothing.</summary>
    public static LaunchReport Inspect() => new(
    [
        Try("folders of tasks", "the files of tasks, and their end", () => LauncherFolder.Create().Dispose(), Path.GetTempPath()),
        Try("users of tasks", "a user for each task", ClaimUsers, TaskLauncher.CanChangeUser(Capabilities.Effective) ? "a block is free" : "not as this user"),
        Try(".NET host", "tasks that are assemblies", () => _ = DotnetInstallation.Host, DotnetInstallation.Root ?? ""),
        Try("files of tasks", "tasks as users of their own", CheckFiles, "can be read by all"),
        Try("addresses", "objects of the kernel", Reserve, "enough for a kernel of the default size"),
        Try("place to look from", "rel4 top, rel4 graph", ObservationFolder.Make, "is this user's alone") with { IsNeeded = false },
    ]);

    private static LinuxFeature Try(string name, string purpose, Action attempt, string detail)
    {
        try
        {
            attempt();
            return new LinuxFeature(name, IsPresent: true, purpose, detail);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new LinuxFeature(name, IsPresent: false, purpose, failure.Message);
        }
    }

    private static void ClaimUsers()
    {
        if (TaskLauncher.CanChangeUser(Capabilities.Effective))
            TaskUsers.Claim(TaskUserRange.Default).Dispose();
    }

    private static void CheckFiles()
    {
        if (TaskLauncher.CanChangeUser(Capabilities.Effective))
            FolderAccess.Check(TaskUserRange.Default.First, AheadOfTimeStartup.IsAheadOfTime ? [Environment.ProcessPath!] : [.. HostProgram.HookFiles, DotnetInstallation.Host]);
    }

    private static unsafe void Reserve()
    {
        nuint size = (nuint)1 << new HostedKernelOptions().MemoryBits;
        Memory.Unmap(Memory.Reserve(size), size);
    }
}
