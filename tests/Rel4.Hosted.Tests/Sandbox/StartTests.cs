using Rel4.Hosted.Composition;
using Rel4.Hosted.Linux;
using Rel4.Hosted.Sandbox;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.Hosted.Tests.Sandbox;

/// <summary>Is a start that fails one line that says what, where and what to do?</summary>
public sealed class StartTests(ProbeFiles files) : IClassFixture<ProbeFiles>, IDisposable
{
    private readonly DirectoryInfo _folder = OpenFolder();

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(StartedBy.Caller)]
    [InlineData(StartedBy.OrdinaryUser)]
    public void Start_WithNothingMissing_RunsTheTask(StartedBy by) => AssertRuns([], by);

    [Theory]
    [InlineData(StartedBy.Caller)]
    [InlineData(StartedBy.OrdinaryUser)]
    public void Start_WithoutATemporaryFolder_NamesIt(StartedBy by) =>
        AssertFails(["env", $"TMPDIR={_folder.FullName}/none"], by, $"{_folder.FullName}/none/: no folder for the files of tasks can be made", "Set TMPDIR");

    [Fact]
    public void Start_WithAReadOnlyTemporaryFolder_SaysSo()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can mount.");

        AssertFails(
            ["unshare", "-m", "sh", "-c", $"mount -t tmpfs -o ro none {_folder.FullName} && TMPDIR={_folder.FullName} exec \"$@\"", "sh"], StartedBy.Caller,
            _folder.FullName, "Read-only file system", "Set TMPDIR");
    }

    /// <summary>A rootless container's root is the one user there, or one of few: there are none for tasks.</summary>
    [Theory]
    [InlineData(StartedBy.Caller)]
    [InlineData(StartedBy.OrdinaryUser)]
    public void Start_AsRootOfANamespaceWithoutTheUsersOfTasks_SaysSo(StartedBy by) =>
        AssertFails([.. InNamespace(by)], StartedBy.Caller, "The users of tasks, from 1380253696 on, are not mapped in this namespace of users", "--cap-drop ALL");

    /// <summary>What the message advises.</summary>
    [Theory]
    [InlineData(StartedBy.Caller)]
    [InlineData(StartedBy.OrdinaryUser)]
    public void Start_AsRootOfANamespaceWithoutCapabilities_RunsTheTaskAsThatUser(StartedBy by)
    {
        string error = AssertRuns([.. InNamespace(by), "setpriv", "--inh-caps=-all", "--bounding-set=-all"], StartedBy.Caller);

        Assert.Contains("runs without these layers of the sandbox: own users", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StartedBy.Caller)]
    [InlineData(StartedBy.OrdinaryUser)]
    public void Start_WithFewAddresses_NamesTheLimit(StartedBy by) =>
        AssertFails(["prlimit", $"--as={32L << 30}"], by, "66560 MiB of addresses", "32768 MiB of addresses in all", "ulimit -v", "MemoryBits");

    [Fact]
    public void Start_WithTooFewDescriptors_SaysSoWhereverItIs()
    {
        (int exitCode, string output, string error) = UnsandboxedProbe.RunUnder([], files, StartedBy.Caller, "starts", "without-descriptors");

        Assert.True(exitCode == 0, error);
        string[] failures = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.Contains("hello |", StringComparison.Ordinal))];
        Assert.True(failures.Length > 5, output + error);
        Assert.All(failures, failure => Assert.Contains("descriptors", failure, StringComparison.Ordinal));
        Assert.All(failures, failure => Assert.Contains("ulimit -n", failure, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Start_WithALongRuntimeFolder_RunsAndCanBeLookedAt()
    {
        string runtime = Path.Combine(_folder.FullName, new string('x', 120));
        Directory.CreateDirectory(runtime);

        Assert.DoesNotContain("can't be looked at", AssertRuns(["env", $"XDG_RUNTIME_DIR={runtime}"], StartedBy.Caller), StringComparison.Ordinal);
    }

    [Fact]
    public void Start_WhereTheNameToBeLookedAtIsTaken_RunsAndSaysSo()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "rel4"), "");

        string error = AssertRuns(["env", $"XDG_RUNTIME_DIR={_folder.FullName}"], StartedBy.Caller);

        Assert.Contains($"system * can't be looked at from outside: {_folder.FullName}/rel4, where", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Start_OfAProgramWrittenUnderUmask077_NamesTheFile()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root gives tasks a user of their own.");
        string program = Path.Combine(_folder.FullName, "program.dll");
        foreach (string ending in (string[])["dll", "runtimeconfig.json", "deps.json"])
            File.Copy(Path.ChangeExtension(files.Probe, ending), Path.ChangeExtension(program, ending));
        File.SetUnixFileMode(Path.ChangeExtension(program, "runtimeconfig.json"), UnixFileMode.UserRead);
        using var launcher = new TaskLauncher();

        var failure = Assert.Throws<IOException>(() => launcher.Start(TaskCommand.ForAssembly(program), SandboxPolicy.Strict));

        Assert.StartsWith($"{_folder.FullName}/program.runtimeconfig.json can't be read by the task: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains("chmod o+r", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Start_WithReL4WrittenUnderUmask077_NamesTheFile()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root gives tasks a user of their own.");
        using var own = new ProbeFiles();
        string hook = Path.Combine(Path.GetDirectoryName(own.Probe)!, "Rel4.Runtime.dll");
        File.SetUnixFileMode(hook, UnixFileMode.UserRead);

        (int exitCode, string output, _) = UnsandboxedProbe.RunUnder([], own, StartedBy.Caller, "start");

        Assert.Equal(1, exitCode);
        Assert.StartsWith($"failed: {hook} can't be read by the task: ", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Users_WhoseFolderIsTaken_AreRefusedWithItsName()
    {
        string taken = Path.Combine(_folder.FullName, "taken");
        Directory.CreateDirectory(taken).UnixFileMode = (UnixFileMode)0b111_111_111;

        var failure = Assert.Throws<IOException>(() => TaskUsers.Claim(new TaskUserRange(1000, 1), taken));

        Assert.Contains($"{taken}, where supervisors agree on the users of their tasks, is not this user's alone", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Users_WhenAllBlocksAreTaken_AreRefusedUntilOneIsGivenBack()
    {
        string folder = Path.Combine(_folder.FullName, "users");
        var range = new TaskUserRange(1000, 2);
        using TaskUsers first = TaskUsers.Claim(range, folder), second = TaskUsers.Claim(range, folder);

        var failure = Assert.Throws<IOException>(() => TaskUsers.Claim(range, folder));
        Assert.Contains($"All 2 blocks of task users from 1000 on are in use by other supervisors (the locks in {folder}", failure.Message, StringComparison.Ordinal);

        first.Dispose();
        // A process that another test is just starting has a copy of the lock until it executes its program.
        await Eventually.HoldsAsync(CanClaim, () => "the block that was given back can't be claimed");

        bool CanClaim()
        {
            try
            {
                TaskUsers.Claim(range, folder).Dispose();
                return true;
            }
            catch (IOException)
            {
                return false;
            }
        }
    }

    [Fact]
    public void Host_ThatIsMissing_IsNamed()
    {
        var failure = Assert.Throws<FileNotFoundException>(() => DotnetInstallation.HostIn(_folder.FullName));
        Assert.StartsWith($"There is no program {_folder.FullName}/dotnet to run the tasks", failure.Message, StringComparison.Ordinal);

        failure = Assert.Throws<FileNotFoundException>(() => DotnetInstallation.HostIn(null));
        Assert.Contains("carries its runtime with it", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Program_OfAMethodUnderATestHost_IsTheMethodsAssembly()
    {
        Touch("testhost.dll", "Tests.dll", "Tests.runtimeconfig.json", "Library.dll", "Program.dll", "Program.runtimeconfig.json");
        string In(string name) => Path.Combine(_folder.FullName, name);

        Assert.Equal(In("Program.dll"), HostProgram.PathFor(_folder.FullName, "Program", "Library"));
        Assert.Equal(In("Tests.dll"), HostProgram.PathFor(_folder.FullName, "testhost", "Tests"));
        var failure = Assert.Throws<FileNotFoundException>(() => HostProgram.PathFor(_folder.FullName, "testhost", "Library"));
        Assert.Contains($"in {_folder.FullName} neither 'testhost', which it was started from, nor 'Library'", failure.Message, StringComparison.Ordinal);
        Assert.Contains("not a library that a test host loads", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Doctor_WithoutATemporaryFolder_FindsWhatAStartWouldFailOf()
    {
        (_, string output, string error) = UnsandboxedProbe.RunUnder(
            ["prlimit", $"--as={32L << 30}", "env", $"TMPDIR={_folder.FullName}/none"], files, StartedBy.Caller, "doctor");

        Assert.Contains("folders of tasks: ", output, StringComparison.Ordinal);
        Assert.Contains("addresses: 65536 MiB of addresses", output, StringComparison.Ordinal);
        Assert.Equal("", error);
    }

    [Fact]
    public void Layers_ThatAreRequiredAndMissing_EndTheStart()
    {
        Assert.SkipUnless(Landlock.Version > 0, "Without Landlock more is missing.");

        AssertFails(
            [], StartedBy.OrdinaryUser, ["OwnUsers", "ConfinedFiles"],
            "failed: task 'hello' requires what its sandbox would lack here: own users. Tasks run as your user: start as root");
    }

    [Fact]
    public void Layers_ThatAreRequiredAndThere_LetItStart() => AssertRuns([], StartedBy.Caller, "ConfinedFiles", "SystemCallFilter");

    [Fact]
    public void Layers_ThatAreMissingAndNotRequired_AreNamedOnce()
    {
        string error = AssertRuns([], StartedBy.OrdinaryUser);

        string line = Assert.Single(error.Split('\n'), line => line.StartsWith("system * ", StringComparison.Ordinal));
        Assert.Contains("runs without these layers of the sandbox: own users, no group memberships", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Require_BeforeAndAfterAPolicy_AddsUp()
    {
        var builder = new SystemBuilder();
        builder.AddTask("task", "/bin/true").Require(SandboxLayers.OwnUsers)
            .Sandbox(new SandboxPolicy { RequiredLayers = SandboxLayers.ConfinedFiles }).Require(SandboxLayers.ConfinedPorts);

        Assert.Equal(
            SandboxLayers.OwnUsers | SandboxLayers.ConfinedFiles | SandboxLayers.ConfinedPorts, Assert.Single(builder.Build().Tasks).Sandbox.RequiredLayers);
    }

    /// <summary>Runs a system and returns what was reported.</summary>
    private string AssertRuns(string[] wrapper, StartedBy by, params string[] layers)
    {
        (int exitCode, string output, string error) = UnsandboxedProbe.RunUnder(wrapper, files, by, ["start", .. layers]);

        Assert.True(exitCode == 0, output + error);
        Assert.Contains("hello", output, StringComparison.Ordinal);
        return error;
    }

    private void AssertFails(string[] wrapper, StartedBy by, params string[] parts) => AssertFails(wrapper, by, [], parts);

    private void AssertFails(string[] wrapper, StartedBy by, string[] layers, params string[] parts)
    {
        (int exitCode, string output, string error) = UnsandboxedProbe.RunUnder(wrapper, files, by, ["start", .. layers]);

        Assert.True(exitCode == 1, output + error);
        string line = Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.All(parts, part => Assert.Contains(part, line, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    private static string[] InNamespace(StartedBy by)
    {
        Assert.SkipUnless(UnsandboxedProbe.CanMakeNamespace(by), "This user can make no namespaces of users.");
        return [.. UnsandboxedProbe.Drop(by), "unshare", "--user", "--map-root-user"];
    }

    private static DirectoryInfo OpenFolder()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("rel4-start-");
        folder.UnixFileMode = (UnixFileMode)0b111_111_111;
        return folder;
    }

    private void Touch(params string[] names) => Array.ForEach(names, name => File.WriteAllText(Path.Combine(_folder.FullName, name), ""));
}
