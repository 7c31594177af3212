using Rel4.Hosted.Sandbox;

namespace Rel4.Hosted.Tests.Sandbox;

/// <summary>Checks that what a policy grants works, and works only where it is granted.</summary>
public sealed class SandboxPolicyTests(ProbeFiles files) : IClassFixture<ProbeFiles>, IDisposable
{
    private readonly TaskLauncher _launcher = new();
    private readonly DirectoryInfo _folder = OpenFolder();

    public void Dispose()
    {
        _launcher.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(SocketAccess.None, "EPERM EPERM EPERM EPERM None")]
    [InlineData(SocketAccess.Internet, "EPERM None None EPERM None")]
    [InlineData(SocketAccess.Unix, "None EPERM EPERM None None")]
    [InlineData(SocketAccess.Internet | SocketAccess.Unix, "None None None None None")]
    public void Sockets_OfATask_AreThoseGranted(SocketAccess sockets, string expected)
    {
        string[] attempts = Run(new SandboxPolicy { Sockets = sockets }, "sockets");

        // Unix, internet, netlink, a pair of datagram sockets, a pair of stream sockets.
        Assert.Equal(expected, string.Join(' ', attempts.Select(attempt => attempt.Split('=')[1])));
    }

    /// <summary>A diagnostic port is a Unix socket that others connect to.</summary>
    [Fact]
    public void Sockets_OfATaskThatIsOpenToDebuggers_AreThoseThatListen()
    {
        string[] attempts = Run(SandboxPolicy.Strict, TaskCommand.ForAssembly(files.Probe, "sockets") with { Debug = new DebugPolicy(WaitsForDebugger: false) });

        Assert.Equal("None EPERM EPERM EPERM None", string.Join(' ', attempts.Select(attempt => attempt.Split('=')[1])));
    }

    [Fact]
    public void WritablePath_OfATask_CanBeWritten()
    {
        SkipWithoutLandlock();
        string file = Path.Combine(_folder.FullName, "file");

        Assert.Equal([$"open {file}=EACCES"], Run(SandboxPolicy.Strict, "write", file));
        Assert.Equal([$"open {file}=EACCES"], Run(new SandboxPolicy { ReadablePaths = [_folder.FullName] }, "write", file));
        Assert.Equal([$"open {file}=None"], Run(new SandboxPolicy { WritablePaths = [_folder.FullName] }, "write", file));
    }

    [Fact]
    public void ReadablePath_OfATask_CanBeRead()
    {
        SkipWithoutLandlock();
        string file = Path.Combine(_folder.FullName, "file");
        File.WriteAllText(file, "text");

        Assert.Equal([$"open {file}=EACCES"], Run(SandboxPolicy.Strict, "read", file));
        Assert.Equal([$"open {file}=None"], Run(new SandboxPolicy { ReadablePaths = [_folder.FullName] }, "read", file));
    }

    [Fact]
    public void Limits_OfATask_AreThoseOfThePolicy()
    {
        var policy = new SandboxPolicy { OpenDescriptors = 100 };
        var command = new TaskCommand { Executable = "/bin/cat", Arguments = ["/proc/self/limits"] };
        using TaskProcess task = _launcher.Start(command, policy, new TaskLimits { Threads = 50, MemoryBytes = 64 << 20 });
        using var output = new StreamReader(task.Output);
        string[] lines =
            [.. output.ReadToEnd().Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];

        Assert.Contains("Max core file size 0 0 bytes", lines);
        Assert.Contains("Max open files 100 100 files", lines);
        Assert.Contains("Max pending signals 1024 1024 signals", lines);
        Assert.Contains("Max nice priority 0 0", lines);
        Assert.Contains("Max realtime priority 0 0", lines);
        if (Environment.IsPrivilegedProcess)
            Assert.Contains("Max processes 50 50 processes", lines);
        if (!ControlGroupPlace.Find().Offers("memory"))
            Assert.Contains("Max data size 201326592 201326592 bytes", lines);
    }

    /// <summary>Does a task leave its user something of what Linux counts by user?</summary>
    [Fact]
    public void Limits_OfATaskThatSharesItsUser_AreBelowItsStarters()
    {
        string[] starter = UnsandboxedProbe.Run(files, StartedBy.OrdinaryUser, "limits"), task = UnsandboxedProbe.Run(files, StartedBy.OrdinaryUser, "supervise", "limits");

        Assert.True(Limit(task, "Max processes") < Limit(starter, "Max processes"));
        Assert.True(Limit(task, "Max open files") <= Limit(starter, "Max open files") / 2);
        Assert.True(Limit(task, "Max pending signals") < Limit(starter, "Max pending signals"));

        static ulong Limit(string[] lines, string name)
        {
            string hard = lines.Single(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
            return hard == "unlimited" ? ulong.MaxValue : ulong.Parse(hard, System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    [Fact]
    public void Work_WithTheInternetGranted_GoesOn() =>
        Assert.Equal(["tcp 5", "udp 6", "names True", "interfaces True"], Run(new SandboxPolicy { Sockets = SocketAccess.Internet }, "network"));

    private static void SkipWithoutLandlock() =>
        Assert.SkipWhen(Linux.Landlock.Version == 0, "The kernel has no Landlock, so only users keep files apart.");

    /// <summary>Makes a folder that every user may write: what keeps a task out of it is not its user.</summary>
    private static DirectoryInfo OpenFolder()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("rel4-open-");
        folder.UnixFileMode = (UnixFileMode)0b111_111_111;
        return folder;
    }

    private string[] Run(SandboxPolicy policy, params string[] arguments) => Run(policy, TaskCommand.ForAssembly(files.Probe, arguments));

    private string[] Run(SandboxPolicy policy, TaskCommand command)
    {
        using TaskProcess task = _launcher.Start(command, policy);
        using var output = new StreamReader(task.Output);
        string[] lines = output.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(task.WaitForEnd().IsSuccess);
        return lines;
    }
}
