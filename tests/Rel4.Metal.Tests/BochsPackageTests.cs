namespace Rel4.Metal.Tests;

/// <summary>Is Bochs there once and for all, or not at all and with a reason? apt is a script here, but for the first test.</summary>
public sealed class BochsPackageTests(BuiltImages images) : IDisposable
{
    private const string Mirror = "echo http://mirror.example/debian/";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rel4-package-tests-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Fetch_HalfADownloadCameBefore_TakesAllAndIsNeededOnce()
    {
        Program("apt-get", $$"""
            case "$*" in
              *indextargets*) {{Mirror}} ;;
              *install*) part="${2%/*}/cache/archives/partial"; echo half > "$part/bochs_3.1+dfsg-1_amd64.deb"; kill -9 $$ ;;
            esac
            """);
        ProgramRun half = await RunAsync(onlyFakes: true);
        Refused(half, "apt-get ended with 137.");

        ProgramRun whole = await RunAsync(onlyFakes: false);
        Assert.True(whole.ExitCode == 0, $"It ended with {whole.ExitCode}:\n{whole.Output}{whole.Errors}");
        Assert.Contains("Fetching Bochs", whole.Errors, StringComparison.Ordinal);
        Assert.Single(Cached());

        ProgramRun again = await RunAsync(onlyFakes: true);
        Assert.Equal((0, ""), (again.ExitCode, again.Errors));
    }

    [Fact]
    public async Task Fetch_NoApt_SaysWhatIsMissingAndWhatToDo()
    {
        ProgramRun run = await RunAsync(onlyFakes: true);

        Refused(run, "'apt-get'");
    }

    [Fact]
    public async Task Fetch_NotDebian_SaysSo()
    {
        Program("apt-get", "echo http://mirror.example/ubuntu/");

        Refused(await RunAsync(onlyFakes: true), "apt's sources name no mirror of Debian");
    }

    [Fact]
    public async Task Fetch_NoNetwork_SaysWhatAptSays()
    {
        Program("apt-get", $$"""
            case "$*" in
              *indextargets*) {{Mirror}} ;;
              *update*) echo "E: Failed to fetch InRelease" >&2; exit 100 ;;
            esac
            """);

        Refused(await RunAsync(onlyFakes: true), "apt-get ended with 100. E: Failed to fetch InRelease");
    }

    [Fact]
    public async Task Fetch_PackageIsAnother_IsRefusedBeforeAnythingOfItRuns()
    {
        Program("apt-get", $$"""
            case "$*" in
              *indextargets*) {{Mirror}} ;;
              *install*) echo other > "${2%/*}/cache/archives/bochs_3.1+dfsg-1_amd64.deb" ;;
            esac
            """);
        Program("dpkg-deb", $"echo called > '{_folder.FullName}/unpacked'");

        Refused(await RunAsync(onlyFakes: true), "has the SHA-256");
        Assert.False(File.Exists(Path.Combine(_folder.FullName, "unpacked")));
    }

    [Fact]
    public async Task Fetch_PackageIsNotDownloaded_IsRefused()
    {
        Program("apt-get", Mirror);

        Refused(await RunAsync(onlyFakes: true), "apt did not download bochs_3.1+dfsg-1_amd64.deb");
    }

    [Fact]
    public async Task Fetch_KilledRunsLeftTheirs_RemovesTheOldOne()
    {
        DirectoryInfo old = Directory.CreateDirectory(Path.Combine(_folder.FullName, "rel4", "old.part")), young = Directory.CreateDirectory(Path.Combine(_folder.FullName, "rel4", "young.part"));
        Directory.SetLastWriteTimeUtc(old.FullName, DateTime.UtcNow.AddDays(-1));

        await RunAsync(onlyFakes: true);

        Assert.Equal([young.FullName], Cached());
    }

    [Fact]
    public async Task Setting_NamesAProgram_RunsThat()
    {
        Program("my-bochs", "echo 'I am another' >&2");

        ProgramRun run = await RunAsync(onlyFakes: true, Path.Combine(Fakes, "my-bochs"));

        Assert.Equal((10, ""), (run.ExitCode, run.Output));
        Assert.Contains("The machine ended without the guest's doing. Bochs says:\nI am another\n", run.Errors, StringComparison.Ordinal);
        Assert.Empty(Cached());
    }

    [Fact]
    public async Task Setting_ProgramTellsOfATripleFaultAndGoesOn_IsEnded()
    {
        Program("my-bochs", "echo '[CPU0  ] exception(): 3rd (13) exception with no resolution' >&2; while :; do :; done");

        ProgramRun run = await RunAsync(onlyFakes: true, Path.Combine(Fakes, "my-bochs"));

        Assert.Equal((10, ""), (run.ExitCode, run.Output));
        Assert.Contains("3rd (13) exception", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("00000010", 0, "")]
    [InlineData("00000014", 4, "")]
    [InlineData("00000001", 10, "rel4: The guest ended the machine with 1, which means nothing.\n")]
    [InlineData("fffffff0", 10, "rel4: The guest ended the machine with -16, which means nothing.\n")]
    public async Task Setting_ProgramTellsOfTheGuestsStatusAndGoesOn_IsEndedWithThat(string status, int exitCode, string errors)
    {
        Program("my-bochs", $"echo 'printed' >&3; echo '[UNMAP ] 32-bit write to 00f4 = {status}' >&2; while :; do :; done");

        ProgramRun run = await RunAsync(onlyFakes: true, Path.Combine(Fakes, "my-bochs"));

        Assert.Equal((exitCode, "printed\n", errors), (run.ExitCode, run.Output, run.Errors));
    }

    [Fact]
    public async Task Setting_NamesNothing_IsRefused()
    {
        ProgramRun run = await RunAsync(onlyFakes: true, "/nonesuch/bochs");

        Assert.Equal((10, "", "rel4: REL4_BOCHS names /nonesuch/bochs, which is no file.\n"), (run.ExitCode, run.Output, run.Errors));
    }

    private string Fakes => Directory.CreateDirectory(Path.Combine(_folder.FullName, "bin")).FullName;

    private void Refused(ProgramRun run, string reason)
    {
        Assert.Equal((10, ""), (run.ExitCode, run.Output));
        Assert.Contains(reason, run.Errors, StringComparison.Ordinal);
        Assert.Contains("in REL4_BOCHS", run.Errors, StringComparison.Ordinal);
        Assert.Contains("--machine qemu", run.Errors, StringComparison.Ordinal);
        Assert.Empty(Cached());
    }

    private string[] Cached()
    {
        string cache = Path.Combine(_folder.FullName, "rel4");
        return Directory.Exists(cache) ? Directory.GetFileSystemEntries(cache) : [];
    }

    private void Program(string name, string script)
    {
        string path = Path.Combine(Fakes, name);
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private Task<ProgramRun> RunAsync(bool onlyFakes, string bochs = "")
    {
        var environment = new Dictionary<string, string> { ["XDG_CACHE_HOME"] = _folder.FullName, ["REL4_BOCHS"] = bochs };
        if (onlyFakes)
            environment["PATH"] = Fakes;
        return images.RunAsync(environment, "run", "--machine", "bochs", "--root", Path.Combine(BuiltImages.Folder, "coroutines.elf"));
    }
}
