using Microsoft.Win32.SafeHandles;
using Rel4.Hosted.Linux;
using Rel4.Hosted.Sandbox;

namespace Rel4.Hosted.Tests.Sandbox;

/// <summary>Does a supervisor depend on anything that others can take: locks, names, files?</summary>
/// <remarks>They are taken here by a process without a sandbox, so not even the filter stands between.</remarks>
public sealed class SharedThingsTests(ProbeFiles files) : IClassFixture<ProbeFiles>
{
    private const int Exclusive = 2;

    [Theory]
    [InlineData("/dev/null")]
    [InlineData("/proc/sys/kernel/cap_last_cap")]
    [InlineData("{dotnet}")]
    [InlineData("{program}.dll")]
    [InlineData("{program}.runtimeconfig.json")]
    public void Lock_OnAFileThatEverybodyMayOpen_KeepsNoTaskFromStarting(string path)
    {
        using var launcher = new TaskLauncher();
        using SafeFileHandle locked = Descriptors.Open(
            path.Replace("{dotnet}", DotnetInstallation.Host, StringComparison.Ordinal)
                .Replace("{program}", Path.ChangeExtension(files.Probe, null), StringComparison.Ordinal));
        SystemCall.Invoke(SystemCallNumber.flock, locked.DangerousGetHandle(), Exclusive);

        using TaskProcess task = launcher.Start(TaskCommand.ForAssembly(files.Probe, "hello"), SandboxPolicy.Strict);

        // Others on the machine may need the lock meanwhile; the task needs none.
        if (path == "/dev/null")
            locked.Dispose();
        using var output = new StreamReader(task.Output);
        Assert.Equal("hello\n", output.ReadToEnd());
    }

    [Fact]
    public void Lock_OnDataOfTheBaseLibrary_KeepsNoTaskFromReadingIt()
    {
        using var launcher = new TaskLauncher();
        string shared = Path.Combine(Path.GetDirectoryName(files.Probe)!, "shared.txt");
        File.WriteAllText(shared, "text");
        File.SetUnixFileMode(shared, (UnixFileMode)0b110_100_100);
        using SafeFileHandle locked = Descriptors.Open(shared);
        SystemCall.Invoke(SystemCallNumber.flock, locked.DangerousGetHandle(), Exclusive);

        using TaskProcess task = launcher.Start(TaskCommand.ForAssembly(files.Probe, "cat", shared), SandboxPolicy.Strict);

        using var output = new StreamReader(task.Output);
        Assert.Equal("text\n", output.ReadToEnd());
    }

    /// <summary>What tells of processes and their groups is open to all: where it could be kept from being read, limits would not be held.</summary>
    [Theory]
    [InlineData("/proc/self/cgroup")]
    [InlineData("/proc/self/mountinfo")]
    [InlineData("/proc/self/status")]
    [InlineData("/proc/self/stat")]
    [InlineData("/proc/sys/vm/max_map_count")]
    public void Lock_OnAFileOfProc_KeepsNobodyFromReadingIt(string path)
    {
        using SafeFileHandle locked = Descriptors.Open(path);
        SystemCall.Invoke(SystemCallNumber.flock, locked.DangerousGetHandle(), Exclusive);

        Assert.NotEmpty(PublicFile.ReadAllText(path));
        Assert.DoesNotContain("can't be read", ControlGroupPlace.Find().Obstacle ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void Names_OfAbstractSockets_KeepNoSupervisorFromItsUsers()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root gives tasks users of their own.");
        var range = new TaskUserRange(0x5300_0000, 1);
        using var squatter = new System.Net.Sockets.Socket(
            System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        squatter.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint($"\0rel4-users-{range.First}"));

        new TaskLauncher(range).Dispose();
    }

    [Fact]
    public void Lock_OfALauncher_CanBeOpenedByItsUserOnly()
    {
        using var launcher = new TaskLauncher();
        using TaskProcess task = launcher.Start(TaskCommand.ForAssembly(files.Probe, "idle"), SandboxPolicy.Strict);

        UnixFileMode mode = File.GetUnixFileMode(Path.Combine(Path.GetDirectoryName(task.TemporaryFolder)!, "lock"));

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, mode);
    }
}
