using System.Diagnostics;
using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Tests.Sandbox;

/// <summary>Deletes folders that are made to be hard to delete.</summary>
public sealed class FolderRemovalTests
{
    [Fact]
    public void Delete_OfAnEmptyFolder_DeletesIt() => AssertDeletes("true");

    [Fact]
    public void Delete_OfFilesAndFolders_DeletesAll() =>
        AssertDeletes("mkdir -p a/b/c a/d; for n in $(seq 2000); do : >a/b/$n; done; mkfifo a/fifo; : >.hidden");

    [Fact]
    public void Delete_OfNamesThatAreNoText_DeletesThem() =>
        AssertDeletes("mkdir \"$(printf 'a\\377')\"; : >\"$(printf 'a\\377/\\200\\nx')\"");

    [Fact]
    public void Delete_OfFoldersDeeperThanAnyPath_DeletesThem() =>
        AssertDeletes("name=$(printf %0200d 0); for n in $(seq 50); do mkdir $name; cd -P $name; done; : >file");

    [Fact]
    public void Delete_OfAClosedFolder_DeletesIt() => AssertDeletes("mkdir -p a/b; : >a/b/file; chmod 0 a/b; chmod 0 a");

    [Fact]
    public void Delete_OfALink_LeavesWhatItLeadsTo()
    {
        DirectoryInfo kept = Directory.CreateTempSubdirectory("rel4-kept-");
        File.WriteAllText(Path.Combine(kept.FullName, "file"), "text");

        AssertDeletes($"ln -s {kept.FullName} link; ln -s {kept.FullName}/file file");

        Assert.Single(kept.EnumerateFiles());
        kept.Delete(recursive: true);
    }

    /// <summary>Fills a folder by a shell script and deletes it.</summary>
    private static void AssertDeletes(string script)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("rel4-full-");
        using (Process shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", script]) { WorkingDirectory = folder.FullName })!)
        {
            shell.WaitForExit();
            Assert.Equal(0, shell.ExitCode);
        }

        DirectoryInfo work = Directory.CreateTempSubdirectory("rel4-work-");
        FolderRemoval.Delete(folder.FullName, work.FullName);

        Assert.False(Directory.Exists(folder.FullName));
        Assert.Empty(work.EnumerateFileSystemInfos());
        work.Delete();
    }
}
