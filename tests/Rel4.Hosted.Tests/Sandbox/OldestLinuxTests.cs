using Rel4.Hosted.Probe.Isolation;
using Rel4.Hosted.Tests.Isolation;

namespace Rel4.Hosted.Tests.Sandbox;

/// <summary>Does a system run where Linux is the oldest that the pages name? A filter makes today's fail as that does what came later.</summary>
public sealed class OldestLinuxTests(ProbeFiles files) : IClassFixture<ProbeFiles>
{
    [Theory]
    [InlineData(StartedBy.Caller)]
    [InlineData(StartedBy.OrdinaryUser)]
    public void Start_OnTheOldestLinux_RunsAndSaysWhichLayersAreMissing(StartedBy by)
    {
        (int exitCode, string output, string error) = UnsandboxedProbe.RunUnder([], files, by, "oldest-linux", "start");

        Assert.True(exitCode == 0, output + error);
        Assert.Contains("hello", output, StringComparison.Ordinal);
        Assert.Contains("confined processes, confined files, confined ports, confined signals", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StartedBy.Caller)]
    [InlineData(StartedBy.OrdinaryUser)]
    public void Frame_OnTheOldestLinux_CantBeExecuted(StartedBy by)
    {
        string[] lines = UnsandboxedProbe.Run(files, by, "oldest-linux", "linux");

        Assert.Contains("memfd seals: True, work, but for that against execution (Linux 6.3): the mode of frames alone is against it", lines);
        Assert.Contains("execute a frame=EACCES", lines);
        Assert.Contains("futex_waitv: False, Linux 5.16 is needed", lines);
    }

    /// <summary>Does what tasks share work there, and keep apart? The owner's attempts succeed, so there is something to be refused.</summary>
    [Theory]
    [InlineData(StartedBy.Caller, IsolationSystem.Owner, 1)]
    [InlineData(StartedBy.Caller, IsolationSystem.Attacker, 0)]
    [InlineData(StartedBy.OrdinaryUser, IsolationSystem.Attacker, 0)]
    public void Trespasses_OnTheOldestLinux_AreRefusedWithoutTheRights(StartedBy by, string intruder, int least)
    {
        string[] lines = UnsandboxedProbe.Run(files, by, "oldest-linux", "isolation", intruder);

        string[] succeeded = [.. lines.Where(line => line.Contains("=SUCCEEDED: ", StringComparison.Ordinal))];
        int possible = Enum.GetValues<Trespass>().Length - SystemIsolationTests.WithoutControl;
        Assert.True(succeeded.Length >= least * possible && succeeded.Length <= least * lines.Length, string.Join('\n', succeeded));
        Assert.True(lines.Length > possible);
    }
}
