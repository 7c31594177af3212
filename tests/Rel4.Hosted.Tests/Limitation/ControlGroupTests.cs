using System.Diagnostics;
using Rel4.Hosted.Sandbox;

namespace Rel4.Hosted.Tests.Limitation;

/// <summary>Looks for the place of control groups in folders that stand for Linux's, and makes groups in the machine's own.</summary>
public sealed class ControlGroupTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rel4-groups-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Find_WhereAllIsHandedOver_OffersAll()
    {
        ControlGroupPlace place = Find("/app.slice/run.scope", Group("app.slice/run.scope", "cpu io memory pids", processes: $"{Environment.ProcessId}"));

        Assert.Equal(Path.Combine(_folder.FullName, "app.slice/run.scope"), place.Path);
        Assert.Equal((true, true, true, null), (place.Offers("memory"), place.Offers("cpu"), place.Offers("pids"), place.Obstacle));
        Assert.All(LimitReport.From(place, hasUsers: false, hasFileRules: true).Limits, limit => Assert.Equal((LimitEnforcement.Full, null), (limit.Enforcement, limit.Fix)));
    }

    /// <summary>A program that has moved to the group of hosts, or was started by one that had, makes groups beside that.</summary>
    [Fact]
    public void Find_FromTheGroupOfHosts_IsTheOneAroundIt()
    {
        string scope = Group("run.scope", "cpu memory pids", handedOn: "cpu memory pids");
        Group($"run.scope/{ControlGroupPlace.HostGroup}", "cpu memory pids", processes: "1\n2");

        ControlGroupPlace place = Find($"/run.scope/{ControlGroupPlace.HostGroup}", scope);

        Assert.Equal((scope, null), (place.Path, place.Obstacle));
    }

    [Fact]
    public void Find_BesideOtherProcesses_OffersOnlyWhatIsHandedOnAlready()
    {
        ControlGroupPlace place = Find("/session", Group("session", "cpu memory pids", handedOn: "memory", processes: $"{Environment.ProcessId}\n1"));

        Assert.Equal(["memory"], place.Controllers);
        Assert.Contains("other processes than this one are in it", place.Obstacle, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_WhereSomeIsMissing_SaysWhatAndWhy()
    {
        ControlGroupPlace place = Find("/", Group("", "memory", kind: null, processes: "1\n2"));

        Assert.Equal(["memory"], place.Controllers);
        Assert.Contains("has no controller cpu, pids", place.Obstacle, StringComparison.Ordinal);
        Assert.Equal(
            [LimitEnforcement.Full, LimitEnforcement.None, LimitEnforcement.Full], LimitReport.From(place, hasUsers: true, hasFileRules: true).Limits.Select(limit => limit.Enforcement));
    }

    [Fact]
    public void Find_InAContainerThatSeesAPart_StartsAtThat()
    {
        string inner = Group("inner", "cpu memory pids");

        ControlGroupPlace place = Find("/docker/1/inner", inner, root: "/docker/1");

        Assert.Equal(inner, place.Path);
    }

    [Theory]
    [InlineData("/../outside", "/", "cgroup2")]
    [InlineData("/other/group", "/docker/1", "cgroup2")]
    [InlineData("/", "/", "cgroup")]
    public void Find_WhereNoneIsInSight_SaysSo(string own, string root, string type)
    {
        ControlGroupPlace place = Find(own, Group("", "cpu memory pids"), root, type);

        Assert.Equal((null, 0), (place.Path, place.Controllers.Count));
        Assert.StartsWith("No control groups of version 2 are mounted", place.Obstacle, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_WithoutProc_SaysThatItCantBeRead()
    {
        ControlGroupPlace place = ControlGroupPlace.Find(Path.Combine(_folder.FullName, "none"), Path.Combine(_folder.FullName, "none"));

        Assert.StartsWith("The control groups can't be read", place.Obstacle, StringComparison.Ordinal);
    }

    [Fact]
    public void Group_OfAnEndedProcess_IsRemovedAndTheLaunchersWithIt()
    {
        string place = RealPlace();
        try
        {
            var groups = new ControlGroups(new ControlGroupPlace(place, [], null));
            TaskGroup group = groups.Make(TaskLimits.None), other = groups.Make(TaskLimits.None);
            string all = Assert.Single(Directory.GetDirectories(place));
            using (var process = Process.Start("/bin/sleep", "1000"))
            {
                Linux.ControlFile.Write(Path.Combine(all, "1", ControlGroupPlace.Processes), $"{process.Id}");
                Assert.Equal([$"{process.Id}"], File.ReadLines(Path.Combine(all, "1", ControlGroupPlace.Processes)));
                process.Kill();
                process.WaitForExit();
            }

            group.Dispose();
            Assert.Equal([Path.Combine(all, "2")], Directory.GetDirectories(all));
            groups.Dispose();
            Assert.True(Directory.Exists(all));
            other.Dispose();
            Assert.Empty(Directory.GetDirectories(place));
        }
        finally
        {
            ControlGroups.TryRemove(place);
        }
    }

    /// <summary>Whoever could open the lock could hold it, and no launcher would ever have a group, or remove one.</summary>
    [Fact]
    public void Lock_OfALaunchersGroup_CanBeOpenedByItsUserOnly()
    {
        string place = RealPlace();
        try
        {
            using var groups = new ControlGroups(new ControlGroupPlace(place, [], null));
            using TaskGroup group = groups.Make(TaskLimits.None);
            string all = Assert.Single(Directory.GetDirectories(place));

            const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            Assert.Equal(Owner, File.GetUnixFileMode(Path.Combine(all, ControlGroupPlace.Processes)));
            Assert.Equal(Owner | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute, File.GetUnixFileMode(all));
            // The task finds out in its own.
            Assert.True(File.GetUnixFileMode(Path.Combine(all, "1", "cgroup.controllers")).HasFlag(UnixFileMode.OtherRead));
        }
        finally
        {
            ControlGroups.TryRemove(place);
        }
    }

    /// <summary>Files of a group are its owner's: only another user, or Landlock, keeps a task from raising its limits.</summary>
    [Fact]
    public void Report_WhereTasksCouldWriteTheirGroups_SaysAgainstMistakesOnly()
    {
        var place = new ControlGroupPlace(_folder.FullName, ["memory", "cpu", "pids"], null);

        Assert.All(
            LimitReport.From(place, hasUsers: false, hasFileRules: false).Limits,
            limit => Assert.Equal((LimitEnforcement.Partial, true), (limit.Enforcement, limit.Fix!.Contains("Landlock", StringComparison.Ordinal))));
        Assert.All(LimitReport.From(place, hasUsers: true, hasFileRules: false).Limits, limit => Assert.Equal(LimitEnforcement.Full, limit.Enforcement));
    }

    [Fact]
    public void Groups_ThatAKilledLauncherLeft_AreRemovedByTheNext()
    {
        string place = RealPlace();
        try
        {
            Directory.CreateDirectory(Path.Combine(place, "rel4-tasks-dead", "1"));
            using var living = new ControlGroups(new ControlGroupPlace(place, [], null));
            using TaskGroup task = living.Make(TaskLimits.None);
            string[] ofLiving = Directory.GetDirectories(place);
            Assert.DoesNotContain(ofLiving, path => path.EndsWith("dead", StringComparison.Ordinal));
            Directory.CreateDirectory(Path.Combine(place, "rel4-tasks-dead2", "1"));

            using (var next = new ControlGroups(new ControlGroupPlace(place, [], null)))
            using (next.Make(TaskLimits.None))
                Assert.Equal(2, Directory.GetDirectories(place).Length);

            Assert.Equal(ofLiving, Directory.GetDirectories(place));
        }
        finally
        {
            ControlGroups.TryRemove(place);
        }
    }

    /// <summary>As Linux lists such a place, and a part of the tree that is mounted there (proc_pid_mountinfo(5)).</summary>
    [Fact]
    public void Place_WhoseNameLinuxListsEscaped_IsFound()
    {
        string group = Group(@"a b\c/own", "cpu memory pids");
        string mounts = Path.Combine(_folder.FullName, "mountinfo"), groups = Path.Combine(_folder.FullName, "cgroup");
        File.WriteAllText(mounts, $@"30 22 0:26 /of\040us {_folder.FullName}/a\040b\134c rw,relatime shared:9 - cgroup2 cgroup2 rw");
        File.WriteAllText(groups, "0::/of us/own");

        Assert.Equal(group, ControlGroupPlace.Find(mounts, groups).Path);
    }

    /// <summary>Makes a group of Linux's own for a test: groups can be made and removed there also where they have no controllers.</summary>
    private static string RealPlace()
    {
        string? mounted = File.ReadLines("/proc/self/mountinfo").FirstOrDefault(line => line.Contains(" - cgroup2 ", StringComparison.Ordinal))?.Split(' ')[4];
        string parent = ControlGroupPlace.Find().Path ?? mounted ?? "";
        Assert.SkipUnless(Linux.ControlFile.MayBeWritten(parent), "This user can make no control groups of version 2.");
        return Directory.CreateDirectory(Path.Combine(parent, $"rel4-test-{Path.GetRandomFileName()}")).FullName;
    }

    private string Group(string path, string controllers, string handedOn = "", string processes = "", string? kind = "domain")
    {
        string folder = Path.Combine(_folder.FullName, path).TrimEnd('/');
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "cgroup.controllers"), $"{controllers}\n");
        File.WriteAllText(Path.Combine(folder, ControlGroupPlace.HandedOn), $"{handedOn}\n");
        File.WriteAllText(Path.Combine(folder, ControlGroupPlace.Processes), $"{processes}\n");
        if (kind is not null)
            File.WriteAllText(Path.Combine(folder, "cgroup.type"), kind);
        return folder;
    }

    private ControlGroupPlace Find(string own, string group, string root = "/", string type = "cgroup2")
    {
        string mounts = Path.Combine(_folder.FullName, "mountinfo"), groups = Path.Combine(_folder.FullName, "cgroup");
        Assert.StartsWith(_folder.FullName, group, StringComparison.Ordinal);
        File.WriteAllLines(mounts, ["22 1 0:5 / /proc rw - proc proc rw", $"30 22 0:26 {root} {_folder.FullName} rw,relatime shared:9 - {type} {type} rw"]);
        File.WriteAllLines(groups, ["4:memory:/else", $"0::{own}"]);
        return ControlGroupPlace.Find(mounts, groups);
    }
}
