using Microsoft.Win32.SafeHandles;
using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Sandbox;

/// <summary>Makes the Landlock ruleset of a task: which files it can reach at all.</summary>
internal static class FileRules
{
    private const FileAccessRights Read = FileAccessRights.ReadFile | FileAccessRights.ReadDirectory;

    private const FileAccessRights Change = Read
        | FileAccessRights.WriteFile | FileAccessRights.Truncate | FileAccessRights.Refer
        | FileAccessRights.RemoveFile | FileAccessRights.RemoveDirectory
        | FileAccessRights.MakeFile | FileAccessRights.MakeDirectory | FileAccessRights.MakeFifo | FileAccessRights.MakeSymbolicLink
        | FileAccessRights.MakeSocket;

    /// <summary>Programs that Linux runs to load another one.</summary>
    private static readonly string[] Loaders = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1"];

    /// <summary>
    /// Libraries, data of .NET's base library, what tells the names of users, and what the runtime reads about the machine.
    /// </summary>
    private static readonly string[] AlwaysReadable =
    [
        "/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/etc/dotnet", "/etc/passwd", "/etc/group", "/etc/nsswitch.conf",
        "/proc", "/sys/devices/system", "/sys/fs/cgroup", "/sys/kernel/mm", "/dev/urandom", "/dev/random", "/dev/zero",
    ];

    /// <summary>What name lookup and TLS read.</summary>
    private static readonly string[] ReadableWithInternet =
    [
        "/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/gai.conf", "/etc/services", "/etc/protocols", "/etc/ssl",
        "/etc/pki", "/etc/ca-certificates", "/run/systemd/resolve",
    ];

    /// <summary>Makes the ruleset.</summary>
    /// <param name="command">The program, whose own folder can be read.</param>
    /// <param name="policy">What is allowed on top.</param>
    /// <param name="privateFolder">The folder that the task may write.</param>
    /// <returns>The ruleset, or null where the kernel has no Landlock.</returns>
    public static SafeFileHandle? CreateRuleset(TaskCommand command, SandboxPolicy policy, string privateFolder)
    {
        if (Landlock.Version == 0)
            return null;
        bool hasInternet = policy.Sockets.HasFlag(SocketAccess.Internet);
        SafeFileHandle ruleset = Landlock.CreateRuleset(hasInternet ? PortRule.LeaveOpen : PortRule.RefuseAll);
        try
        {
            string[] optional = [.. AlwaysReadable, .. hasInternet ? ReadableWithInternet : []];
            foreach (string path in optional.Where(Path.Exists))
                Landlock.Allow(ruleset, path, Read);
            foreach (string path in Loaders.Where(File.Exists))
                Landlock.Allow(ruleset, path, Read | FileAccessRights.Execute);
            if (DotnetInstallation.Root is { } dotnet)
                Landlock.Allow(ruleset, dotnet, Read);
            Landlock.Allow(ruleset, command.ProgramFolder ?? Path.GetDirectoryName(command.Executable)!, Read);
            Landlock.Allow(ruleset, command.Executable, Read | FileAccessRights.Execute);
            Landlock.Allow(ruleset, "/dev/null", Read | FileAccessRights.WriteFile);
            Landlock.Allow(ruleset, privateFolder, Change);
            foreach (string path in policy.ReadablePaths)
                Landlock.Allow(ruleset, path, Read);
            foreach (string path in policy.WritablePaths)
                Landlock.Allow(ruleset, path, Change);
            return ruleset;
        }
        catch
        {
            ruleset.Dispose();
            throw;
        }
    }
}
