using System.Diagnostics;
using System.Runtime.InteropServices;
using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Tests.Sandbox;

/// <summary>Deletes folders that are made to be hard to delete.</summary>
public sealed class FolderRemovalTests
{
    private const int ExchangeRounds = 200;
    private const int RenameExchange = 2;
    private const UnixFileMode Closed = UnixFileMode.UserRead;

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

    [Fact]
    public void Delete_WhereALinkIsInTheFoldersPlace_FailsAndLeavesWhatItLeadsTo()
    {
        DirectoryInfo kept = Directory.CreateTempSubdirectory("rel4-kept-");
        string folder = Path.Combine(kept.FullName, "folder"), link = Path.Combine(kept.FullName, "link");
        Directory.CreateDirectory(folder, Closed);
        File.CreateSymbolicLink(link, folder);

        Assert.Throws<LinuxException>(() => FolderRemoval.Delete(link, kept.FullName));

        Assert.Equal(Closed, File.GetUnixFileMode(folder));
        kept.Delete(recursive: true);
    }

    [Fact]
    public void Delete_WhileFoldersAndLinksAreExchanged_LeavesWhatTheLinksLeadTo()
    {
        DirectoryInfo kept = Directory.CreateTempSubdirectory("rel4-kept-");
        string victim = Path.Combine(kept.FullName, "victim");
        File.WriteAllText(victim, "text");
        File.SetUnixFileMode(victim, Closed);
        for (int round = 0; round < ExchangeRounds; round++)
        {
            string full = Path.Combine(kept.FullName, $"{round}"), inner = Path.Combine(full, "inner"), link = Path.Combine(full, "link");
            Directory.CreateDirectory(Path.Combine(inner, "full"));
            File.CreateSymbolicLink(link, victim);
            bool isDone = false;
            var hostile = new Thread(() =>
            {
                while (!Volatile.Read(ref isDone))
                    Exchange(inner, link);
            });
            hostile.Start();
            try
            {
                FolderRemoval.Delete(full, kept.FullName);
            }
            catch (LinuxException)
            {
                // It may fail while somebody changes the folder.
            }

            Volatile.Write(ref isDone, true);
            hostile.Join();
            Assert.Equal(Closed, File.GetUnixFileMode(victim));
        }

        kept.Delete(recursive: true);
    }

    private static void Exchange(string one, string other)
    {
        nint oneName = Marshal.StringToCoTaskMemUTF8(one), otherName = Marshal.StringToCoTaskMemUTF8(other);
        SystemCall.TryInvoke(SystemCallNumber.renameat2, out _, -100, oneName, -100, otherName, RenameExchange);
        Marshal.FreeCoTaskMem(oneName);
        Marshal.FreeCoTaskMem(otherName);
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
