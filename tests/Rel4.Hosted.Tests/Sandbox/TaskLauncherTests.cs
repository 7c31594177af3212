using System.Collections.Immutable;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using Rel4.Hosted.Linux;
using Rel4.Hosted.Sandbox;

namespace Rel4.Hosted.Tests.Sandbox;

/// <summary>Starts tasks and looks at what they have and how they end.</summary>
public sealed class TaskLauncherTests(ProbeFiles files) : IClassFixture<ProbeFiles>, IDisposable
{
    private readonly TaskLauncher _launcher = new();

    public void Dispose() => _launcher.Dispose();

    [Fact]
    public void Start_OfAProgram_RunsIt()
    {
        using TaskProcess task = Start("hello");

        Assert.Equal("hello\n", ReadAll(task.Output));
        Assert.True(task.WaitForEnd().IsSuccess);
    }

    [Fact]
    public void Start_OfAProgramInAFolderOfRootsAlone_NamesTheFolder()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root gives tasks a user of their own.");
        string closed = Directory.CreateTempSubdirectory("rel4-closed-").FullName;
        try
        {
            var command = TaskCommand.ForAssembly(Path.Combine(closed, "program.dll"));

            var refusal = Assert.Throws<IOException>(() => _launcher.Start(command, SandboxPolicy.Strict));

            Assert.Contains($"who may not enter {closed}", refusal.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(closed);
        }
    }

    [Fact]
    public void End_OfATaskThatExits_HasItsCode()
    {
        using TaskProcess task = Start("exit", "42");

        Assert.Equal(new TaskEnd(42, null), task.WaitForEnd());
    }

    [Fact]
    public void End_OfATaskThatCrashes_HasTheSignalAndTheReason()
    {
        using TaskProcess task = Start("crash");

        Assert.Contains("This is the crash that was asked for.", ReadAll(task.Error), StringComparison.Ordinal);
        Assert.Equal("SIGABRT", task.WaitForEnd().ToString());
    }

    [Fact]
    public void End_OfATaskThatIsKilled_HasTheSignal()
    {
        using TaskProcess task = StartIdle();
        Assert.Null(task.WaitForEnd(TimeSpan.Zero));

        task.Kill();

        Assert.Equal(new TaskEnd(null, 9), task.WaitForEnd());
    }

    [Fact]
    public void End_OfATaskAskedToEnd_HasTheSignal()
    {
        using TaskProcess task = StartIdle();

        task.Terminate();

        Assert.Equal("SIGTERM", task.WaitForEnd().ToString());
    }

    [Fact]
    public void Dispose_OfALauncher_KillsItsTasks()
    {
        var launcher = new TaskLauncher();
        using TaskProcess task = launcher.Start(Command("idle"), SandboxPolicy.Strict);

        launcher.Dispose();

        Assert.Equal(new TaskEnd(null, 9), task.WaitForEnd(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Dispose_OfALauncherWhoseFolderIsGone_GivesItsUsersBack()
    {
        var onlyOne = new TaskUserRange(0x5400_0000, 1);
        var launcher = new TaskLauncher(onlyOne);
        using TaskProcess task = launcher.Start(Command("idle"), SandboxPolicy.Strict);
        Assert.NotEqual(-1, task.Output.ReadByte());
        Directory.Delete(Path.GetDirectoryName(task.TemporaryFolder.TrimEnd('/'))!, recursive: true);

        launcher.Dispose();

        Assert.Equal(new TaskEnd(null, 9), task.WaitForEnd(TimeSpan.FromSeconds(10)));
        // As root it would find no user left.
        new TaskLauncher(onlyOne).Dispose();
    }

    [Fact]
    public void Descriptors_OfATask_AreTheGivenOnes()
    {
        // The highest number is a source while the lowest free one is a target, and one given number is the source of another.
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out, HandleInheritability.None);
        int source = (int)pipe.SafePipeHandle.DangerousGetHandle();
        var descriptors = new Dictionary<int, SafeHandle> { [3] = pipe.ClientSafePipeHandle, [7] = pipe.SafePipeHandle };
        if (source > 3 && source != 7)
            descriptors[source] = pipe.ClientSafePipeHandle;
        var command = new TaskCommand
        {
            Executable = "/bin/ls",
            Arguments = ["/proc/self/fd"],
            Descriptors = descriptors.ToImmutableDictionary(),
        };
        using TaskProcess task = _launcher.Start(command, SandboxPolicy.Strict);

        int[] open = [.. ReadAll(task.Output).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];

        // The list itself is read through a descriptor, the lowest that was free.
        int[] given = [0, 1, 2, .. descriptors.Keys];
        int list = Enumerable.Range(0, 8).First(number => !given.Contains(number));
        Assert.Equal([.. given.Append(list).Order()], open.Order());
        Assert.True(task.WaitForEnd().IsSuccess);
    }

    [Fact]
    public void Environment_OfATask_IsTheGivenOne()
    {
        TaskCommand command = Command("environment") with
        {
            Environment = ImmutableDictionary<string, string>.Empty.Add("GIVEN", "a value"),
        };
        using TaskProcess task = _launcher.Start(command, SandboxPolicy.Strict);

        string[] lines = ReadAll(task.Output).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(
            [
                "DOTNET_EnableDiagnostics=0", "DOTNET_EnableDiagnostics_Debugger=0", "DOTNET_EnableDiagnostics_IPC=0",
                "DOTNET_EnableDiagnostics_Profiler=0", $"DOTNET_ROOT={DotnetInstallation.Root}",
                "DOTNET_USE_POLLING_FILE_WATCHER=1", "GIVEN=a value",
                $"TMPDIR={task.TemporaryFolder}",
            ],
            lines);
    }

    [Fact]
    public void Environment_WithTheInternet_HasAHomeForCertificates()
    {
        using TaskProcess task = _launcher.Start(Command("environment"), new SandboxPolicy { Sockets = SocketAccess.Internet });

        Assert.Contains($"HOME={task.TemporaryFolder}", ReadAll(task.Output).Split('\n'));
    }

    [Fact]
    public void Environment_ThatTurnsDiagnosticsOn_Stands()
    {
        TaskCommand command = Command("environment") with
        {
            Environment = ImmutableDictionary<string, string>.Empty
                .Add("DOTNET_EnableDiagnostics", "1").Add("TMPDIR", "/proc").Add("DOTNET_USE_POLLING_FILE_WATCHER", "0"),
        };
        using TaskProcess task = _launcher.Start(command, SandboxPolicy.Strict);

        string[] lines = ReadAll(task.Output).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(
            [
                "DOTNET_EnableDiagnostics=1", $"DOTNET_ROOT={DotnetInstallation.Root}", "DOTNET_USE_POLLING_FILE_WATCHER=0", "TMPDIR=/proc",
            ],
            lines);
    }

    [Fact]
    public void DiagnosticPort_OfATask_IsNotThere()
    {
        // A process of the same number that was killed may have left its port.
        string[] before = Directory.GetFiles(Path.GetTempPath());
        using TaskProcess task = StartIdle();

        Assert.Empty(Directory.EnumerateFileSystemEntries(task.TemporaryFolder));
        Assert.Empty(Directory.GetFiles(Path.GetTempPath(), $"*-{task.Id}-*").Except(before));
    }

    [Fact]
    public void TemporaryFolder_OfATaskDisposedOf_IsGone()
    {
        TaskProcess task = Start("work");
        string folder = task.TemporaryFolder;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
        ReadAll(task.Output);

        task.Dispose();

        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public void Users_OfTasks_Differ()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can give tasks users of their own.");
        using var other = new TaskLauncher();
        using TaskProcess first = Start("hello");
        using TaskProcess second = Start("hello");
        using TaskProcess third = other.Start(Command("hello"), SandboxPolicy.Strict);

        Assert.Distinct([0U, first.User!.Value, second.User!.Value, third.User!.Value]);
    }

    [Fact]
    public void Start_OfAFileThatIsNotThere_SaysSo()
    {
        var command = new TaskCommand { Executable = "/usr/bin/no-such-program" };

        FileNotFoundException failure = Assert.Throws<FileNotFoundException>(() => _launcher.Start(command, SandboxPolicy.Strict));

        Assert.Equal("/usr/bin/no-such-program", failure.FileName);
    }

    [Fact]
    public void Start_OfAFileThatIsNoProgram_SaysSo()
    {
        string file = Path.ChangeExtension(files.Probe, ".runtimeconfig.json");
        var command = new TaskCommand { Executable = file };

        TaskStartException failure = Assert.Throws<TaskStartException>(() => _launcher.Start(command, SandboxPolicy.Strict));

        Assert.Equal(("execve", LinuxError.ENOEXEC), (failure.Call, failure.Error));
    }

    [Fact]
    public void Start_BelowAFolderOfRootsOnly_NamesTheFolder()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can give tasks users of their own.");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("rel4-closed-");
        string program = Path.Combine(folder.FullName, "program");
        File.Copy("/bin/true", program);
        try
        {
            var command = new TaskCommand { Executable = program };

            TaskStartException failure = Assert.Throws<TaskStartException>(() => _launcher.Start(command, SandboxPolicy.Strict));

            Assert.Equal(("execve", LinuxError.EACCES), (failure.Call, failure.Error));
            Assert.Contains($"may not enter {folder.FullName}:", failure.Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Start_ThatFails_LeavesNothing()
    {
        const int Rounds = 20;
        var command = new TaskCommand { Executable = Path.ChangeExtension(files.Probe, ".runtimeconfig.json") };
        int Open() => UserInterrupts.ProcessResources.OpenDescriptors;
        Assert.Throws<TaskStartException>(() => _launcher.Start(command, SandboxPolicy.Strict));
        int before = Open();

        for (int round = 0; round < Rounds; round++)
            Assert.Throws<TaskStartException>(() => _launcher.Start(command, SandboxPolicy.Strict));

        // Other tests open and close some at the same time.
        Assert.True(SpinWait.SpinUntil(() => Open() < before + Rounds, TimeSpan.FromSeconds(10)), $"{before} descriptors before, {Open()} after");
    }

    [Fact]
    public void Start_WithAStandardStreamAsDescriptor_IsAnError()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out, HandleInheritability.None);
        TaskCommand command = Command("hello") with
        {
            Descriptors = ImmutableDictionary<int, SafeHandle>.Empty.Add(2, pipe.SafePipeHandle),
        };

        Assert.Throws<ArgumentException>(() => _launcher.Start(command, SandboxPolicy.Strict));
    }

    private TaskProcess Start(params string[] arguments) => _launcher.Start(Command(arguments), SandboxPolicy.Strict);

    /// <summary>Starts a task that waits, and returns once it does.</summary>
    private TaskProcess StartIdle()
    {
        TaskProcess task = Start("idle");
        Assert.NotEqual(-1, task.Output.ReadByte());
        return task;
    }

    private TaskCommand Command(params string[] arguments) => TaskCommand.ForAssembly(files.Probe, arguments);

    private static string ReadAll(Stream stream)
    {
        using var reader = new StreamReader(stream, leaveOpen: true);
        return reader.ReadToEnd();
    }
}
