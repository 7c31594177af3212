using System.Globalization;
using Rel4.Hosted.Sandbox;

namespace Rel4.Hosted.Tests.Sandbox;

/// <summary>Tries from inside a sandbox what a task must not do.</summary>
public sealed class IsolationTests(ProbeFiles files) : IClassFixture<ProbeFiles>
{
    private static readonly string[] Refusals = ["EPERM", "EACCES"];

    [Theory]
    [InlineData(StartedBy.Caller)]
    [InlineData(StartedBy.OrdinaryUser)]
    public void Attempts_OfASandboxedTask_AreRefused(StartedBy by)
    {
        string[] attempts = UnsandboxedProbe.Run(files, by, "supervise", "forbidden", "{supervisor}");

        // The C library goes back to clone when clone3 does not exist; a connected pair within the task reaches nobody.
        IEnumerable<string> allowed = attempts.Where(attempt => !IsRefused(attempt)).Order(StringComparer.Ordinal);
        Assert.Equal(["clone3=ENOSYS", "futex_requeue=ENOSYS", "openat2=ENOSYS", "socketpair stream=None", "unknown call=ENOSYS"], allowed);
        Assert.True(attempts.Length > 95);
    }

    [Fact]
    public void Attempts_OutsideASandbox_AreNotRefused()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Linux itself refuses some of this to ordinary users.");
        using UnsandboxedProbe other = UnsandboxedProbe.Start(files, StartedBy.OrdinaryUser, "idle");
        string id = other.ReadLine();

        string[] attempts = UnsandboxedProbe.Run(files, StartedBy.Caller, "forbidden", id);

        // A container may refuse more of them, but what reaches another process of the same machine is open to root.
        string[] mustWork = ["ptrace", "process_vm_readv", "kcmp", "kill", "clone process", "Process.Start", "socket", "open "];
        Assert.DoesNotContain(
            attempts, attempt => IsRefused(attempt) && mustWork.Any(name => attempt.StartsWith(name, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(StartedBy.Caller)]
    [InlineData(StartedBy.OrdinaryUser)]
    public void Peer_OfASandboxedTask_CannotReachIt(StartedBy by)
    {
        string[] attempts = UnsandboxedProbe.Run(files, by, "supervise-peers");

        Assert.NotEmpty(attempts);
        Assert.All(attempts, attempt => Assert.True(IsRefused(attempt), attempt));
    }

    [Theory]
    [InlineData("idle", "None")]
    [InlineData("idle hardened", "EACCES")]
    public void Memory_OfAProcessOfTheSameUser_IsClosedByHardening(string verb, string expected)
    {
        Assert.SkipUnless(IsPtraceOpen(), "Yama closes the memory of processes here.");
        using UnsandboxedProbe other = UnsandboxedProbe.Start(files, StartedBy.OrdinaryUser, verb.Split(' '));
        string memory = $"/proc/{other.ReadLine()}/mem";

        string[] attempt = UnsandboxedProbe.Run(files, StartedBy.OrdinaryUser, "read", memory);

        Assert.Equal($"open {memory}={expected}", Assert.Single(attempt));
    }

    [Theory]
    [InlineData(StartedBy.Caller)]
    [InlineData(StartedBy.OrdinaryUser)]
    public void Status_OfASandboxedTask_ShowsNoPrivilege(StartedBy by)
    {
        ILookup<string, string> status = UnsandboxedProbe.Run(files, by, "supervise", "status")
            .Select(line => line.Split(':', 2)).ToLookup(parts => parts[0], parts => parts[1].Trim());

        Assert.All(["CapInh", "CapPrm", "CapEff", "CapAmb"], set => Assert.Equal("0000000000000000", Assert.Single(status[set])));
        Assert.Equal("1", Assert.Single(status["NoNewPrivs"]));
        Assert.Equal("2", Assert.Single(status["Seccomp"]));
        if (by == StartedBy.Caller && Environment.IsPrivilegedProcess)
        {
            Assert.Equal("0000000000000000", Assert.Single(status["CapBnd"]));
            Assert.Equal("", Assert.Single(status["Groups"]));
            Assert.DoesNotContain("0", Assert.Single(status["Uid"]).Split('\t'));
        }
    }

    [Theory]
    [InlineData(StartedBy.Caller)]
    [InlineData(StartedBy.OrdinaryUser)]
    public void Work_OfAnOrdinaryProgram_GoesOnInASandbox(StartedBy by)
    {
        string[] lines = UnsandboxedProbe.Run(files, by, "supervise", "work");

        string[] expected =
            [
                "threads True", "tasks 1", "collections True", "files text", "memory 7", "zones UTC", "compiled 3", "user True", "random True",
                "hashes 75", "signatures True", "compression True", "timers True", "listing True", "streams 10", "tiers 50000",
            ];
        Assert.Equal(expected, lines);
    }

    [Theory]
    [InlineData(StartedBy.Caller)]
    [InlineData(StartedBy.OrdinaryUser)]
    public void Task_WhoseSupervisorIsKilled_IsKilledToo(StartedBy by)
    {
        using UnsandboxedProbe supervisor = UnsandboxedProbe.Start(files, by, "supervise", "idle");
        int task = int.Parse(supervisor.ReadLine(), CultureInfo.InvariantCulture);

        supervisor.Kill();

        Assert.True(SpinWait.SpinUntil(() => !IsRunning(task), TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Folders_OfASupervisorThatWasKilled_AreDeletedByTheNext()
    {
        using UnsandboxedProbe supervisor = UnsandboxedProbe.Start(files, StartedBy.Caller, "supervise", "folder");
        string folder = supervisor.ReadLine();
        Assert.True(Directory.Exists(folder));
        supervisor.Kill();

        Assert.True(SpinWait.SpinUntil(() => IsGoneAfterALauncher(folder), TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Folders_OfASupervisorThatLives_AreKept()
    {
        using UnsandboxedProbe supervisor = UnsandboxedProbe.Start(files, StartedBy.Caller, "supervise", "folder");
        string folder = supervisor.ReadLine();

        Assert.False(IsGoneAfterALauncher(folder));
    }

    private static bool IsGoneAfterALauncher(string folder)
    {
        new TaskLauncher().Dispose();
        return !Directory.Exists(folder);
    }

    private static bool IsRefused(string attempt) => Refusals.Any(error => attempt.EndsWith($"={error}", StringComparison.Ordinal));

    /// <summary>Tells whether a process exists and is not merely waiting to be collected by its new parent.</summary>
    private static bool IsRunning(int process)
    {
        try
        {
            return !File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static bool IsPtraceOpen() =>
        !File.Exists("/proc/sys/kernel/yama/ptrace_scope") || File.ReadAllText("/proc/sys/kernel/yama/ptrace_scope").Trim() == "0";
}
