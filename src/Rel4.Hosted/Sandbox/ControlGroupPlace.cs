using System.Collections.Immutable;
using System.Globalization;
using Rel4.Hosted.Linux;
using System.Text.RegularExpressions;

namespace Rel4.Hosted.Sandbox;

/// <summary>Is the control group in which this process can make groups for tasks, as it was found: looking changes nothing.</summary>
/// <param name="Path">Its folder; null if there is none.</param>
/// <param name="Controllers">What groups in it can be bounded by, of <c>memory</c>, <c>cpu</c> and <c>pids</c>.</param>
/// <param name="Obstacle">Why that is not all, and what to do; null if it is.</param>
internal sealed partial record ControlGroupPlace(string? Path, ImmutableHashSet<string> Controllers, string? Obstacle)
{
    /// <summary>
    /// The group that processes which start tasks move to: Linux hands the controllers of a group on only while that has no processes itself. Groups of tasks lie beside it.
    /// </summary>
    public const string HostGroup = "rel4-host";

    /// <summary>Lists the processes of a group, and takes the number of one that is to move there.</summary>
    public const string Processes = "cgroup.procs";

    /// <summary>Lists the controllers that a group hands on.</summary>
    public const string HandedOn = "cgroup.subtree_control";

    /// <summary>Says how to get what there is not.</summary>
    public const string Advice =
        "Start the program in a group that is handed to it: 'systemd-run --user --scope -p Delegate=yes PROGRAM', or Delegate=yes in its unit's [Service], or a container whose "
        + "/sys/fs/cgroup can be written.";

    private const string Present = "cgroup.controllers";

    /// <summary>Every group has it but the first of the machine, to which the rule about processes does not apply.</summary>
    private const string Kind = "cgroup.type";

    private static readonly ImmutableArray<string> Wanted = ["memory", "cpu", "pids"];

    /// <summary>Looks for it.</summary>
    /// <param name="mounts">The file that lists what is mounted (proc_pid_mountinfo(5)).</param>
    /// <param name="own">The file that names the groups of this process (cgroups(7)).</param>
    public static ControlGroupPlace Find(string mounts = "/proc/self/mountinfo", string own = "/proc/self/cgroup")
    {
        try
        {
            return FindFolder(PublicFile.ReadAllLines(mounts), PublicFile.ReadAllLines(own)) is { } path
                ? Inspect(path)
                : None("No control groups of version 2 are mounted, or this process' own is out of sight. Mount them at /sys/fs/cgroup.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return None($"The control groups can't be read: {failure.Message}");
        }
    }

    /// <summary>Tells whether groups of tasks can be bounded by a controller.</summary>
    public bool Offers(string controller) => Controllers.Contains(controller);

    private static ControlGroupPlace None(string obstacle) => new(null, [], obstacle);

    private static string? FindFolder(string[] mounts, string[] own)
    {
        // Number, parent, device, root within the file system, place, options, …, "-", type (proc_pid_mountinfo(5)).
        string[]? mount = mounts.FirstOrDefault(line => line.Contains(" - cgroup2 ", StringComparison.Ordinal))?.Split(' ');
        string? group = own.FirstOrDefault(line => line.StartsWith("0::/", StringComparison.Ordinal))?["0::".Length..];
        if (mount is null || group is null || group.StartsWith("/..", StringComparison.Ordinal))
            return null;
        string root = Unescape(mount[3]).TrimEnd('/');
        if (group != root && !group.StartsWith($"{root}/", StringComparison.Ordinal))
            return null;
        string path = Unescape(mount[4]).TrimEnd('/') + group[root.Length..].TrimEnd('/');
        return System.IO.Path.GetFileName(path) == HostGroup ? System.IO.Path.GetDirectoryName(path) : path;
    }

    /// <summary>Reads a path as it is listed: a blank, a tab, the end of a line, a backslash and a '#' are written as three octal digits.</summary>
    private static string Unescape(string listed) =>
        Escape().Replace(listed, escaped => ((char)Convert.ToInt32(escaped.Value[1..], fromBase: 8)).ToString());

    [GeneratedRegex(@"\\[0-7]{3}")]
    private static partial Regex Escape();

    private static ControlGroupPlace Inspect(string path)
    {
        string FileIn(string name) => System.IO.Path.Combine(path, name);
        string[] Words(string name) => PublicFile.ReadAllText(FileIn(name)).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        if (!ControlFile.MayBeWritten(path) || !ControlFile.MayBeWritten(FileIn(HandedOn)) || !ControlFile.MayBeWritten(FileIn(Processes)))
            return None($"This user can make no groups in {path}. {Advice}");
        ImmutableHashSet<string> present = [.. Words(Present).Intersect(Wanted)];
        string[] absent = [.. Wanted.Where(controller => !present.Contains(controller))];
        string? obstacle = absent.Length == 0
            ? null
            : $"{path} has no controller {string.Join(", ", absent)}: it was not handed to it, or control groups of version 1 have it (boot with "
                + $"systemd.unified_cgroup_hierarchy=1, or cgroup_no_v1=all). {Advice}";
        ImmutableHashSet<string> handedOn = present.Intersect(Words(HandedOn));
        string self = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        bool canHandOn = !File.Exists(FileIn(Kind)) || Words(Processes).All(process => process == self);
        return handedOn.SetEquals(present) || canHandOn
            ? new ControlGroupPlace(path, present, obstacle)
            : new ControlGroupPlace(
                path, handedOn, $"Linux lets nobody hand on the controllers of {path}, as other processes than this one are in it. {obstacle ?? Advice}");
    }
}
