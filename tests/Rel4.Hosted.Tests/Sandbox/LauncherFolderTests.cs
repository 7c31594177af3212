using System.Diagnostics;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Rel4.Hosted.Linux;
using Rel4.Hosted.Sandbox;

namespace Rel4.Hosted.Tests.Sandbox;

/// <summary>What do launchers leave behind, wherever they are killed, and do they leave each other's folders alone?</summary>
public sealed class LauncherFolderTests(ProbeFiles files, ITestOutputHelper output) : IClassFixture<ProbeFiles>, IDisposable
{
    private readonly string _place = Directory.CreateTempSubdirectory("rel4-places-").FullName;

    public void Dispose() => Directory.Delete(_place, recursive: true);

    /// <summary>Each is what a launcher leaves that is killed at a step of making its folder, of using it, or of deleting it.</summary>
    [Theory]
    [InlineData("")]
    [InlineData(": >lock")]
    [InlineData(": >lock; chmod 711 .")]
    [InlineData(": >lock; chmod 711 .; mkdir -m 700 1")]
    [InlineData(": >lock; mkdir -p 1/a deleted-b; : >1/a/file; chmod 0 1/a")]
    [InlineData(": >lock; mkdir -p abandoned-a/1 abandoned-b; : >abandoned-a/lock; : >abandoned-a/1/file")]
    [InlineData("mkdir 1; : >1/file")]
    public void Create_BesideWhatAKilledLauncherLeft_DeletesIt(string made)
    {
        string left = Directory.CreateDirectory(Path.Combine(_place, "rel4-tasks-left")).FullName;
        using (Process shell = Process.Start(new ProcessStartInfo("sh", ["-c", made]) { WorkingDirectory = left })!)
            shell.WaitForExit();

        using var folder = LauncherFolder.Create(_place);

        Assert.Equal([folder.Path], Directory.GetFileSystemEntries(_place));
        Assert.Equal(["lock"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Create_BesideLaunchersThatLive_LeavesTheirsAlone()
    {
        using var first = LauncherFolder.Create(_place);
        string task = first.Add(owner: null);
        // One that has its lock, and not its mode yet.
        string locked = Directory.CreateDirectory(Path.Combine(_place, "rel4-tasks-locked")).FullName;
        using SafeFileHandle held = LockFile.TryTake(Path.Combine(locked, "lock"))!;

        using var second = LauncherFolder.Create(_place);

        Assert.True(Directory.Exists(task) && Directory.Exists(locked) && Directory.Exists(second.Path));
    }

    [Fact]
    public void Dispose_WhoseFolderIsGone_IsQuiet()
    {
        var folder = LauncherFolder.Create(_place);
        Directory.Delete(folder.Path, recursive: true);

        folder.Dispose();

        Assert.Empty(Directory.GetFileSystemEntries(_place));
    }

    [Fact]
    public void Create_ByManyAtOnce_GivesEachItsOwnAndLeavesNothing()
    {
        const int Launchers = 8, Rounds = 40;
        var failures = new List<Exception>();
        Thread[] threads = [.. Enumerable.Range(0, Launchers).Select(_ => new Thread(Run))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();

        Assert.Empty(failures);
        LauncherFolder.Create(_place).Dispose();
        Assert.Empty(Directory.GetFileSystemEntries(_place));

        void Run()
        {
            try
            {
                for (int round = 0; round < Rounds; round++)
                {
                    using var folder = LauncherFolder.Create(_place);
                    string task = folder.Add(owner: null);
                    File.WriteAllText(Path.Combine(task, "file"), "");
                    Thread.Yield();
                    Assert.True(File.Exists(Path.Combine(task, "file")), task);
                    folder.Remove(task);
                }
            }
            catch (Exception failure)
            {
                lock (failures)
                    failures.Add(failure);
            }
        }
    }

    [Fact]
    public void Kill_OfLaunchersAtAnyPoint_LeavesNothingBehindTheNext()
    {
        const int Rounds = 4, Launchers = 3, LongestMs = 100;
        int seed = int.TryParse(Environment.GetEnvironmentVariable("REL4_SEED"), CultureInfo.InvariantCulture, out int chosen) ? chosen : Random.Shared.Next();
        output.WriteLine($"REL4_SEED={seed}");
        var random = new Random(seed);
        for (int round = 0; round < Rounds; round++)
        {
            List<UnsandboxedProbe> launchers =
                [.. Enumerable.Range(0, Launchers).Select(_ => UnsandboxedProbe.Start(files, StartedBy.Caller, "folders", _place))];
            Assert.All(launchers, launcher => Assert.Equal("ready", launcher.ReadLine()));
            foreach (UnsandboxedProbe launcher in launchers)
            {
                Thread.Sleep(random.Next(LongestMs));
                launcher.Dispose();
            }

            LauncherFolder.Create(_place).Dispose();

            Assert.Empty(Directory.GetFileSystemEntries(_place));
        }
    }
}
