using System.IO.Pipes;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Sandbox;

/// <summary>Starts processes of tasks, each in a sandbox.</summary>
/// <remarks>
/// May be called from any thread. As root, where each task gets a user of its own, starting the first one makes the calling process
/// undumpable, since for a moment the child shares its memory: Linux protects that from the new user.
/// </remarks>
public sealed class TaskLauncher : IDisposable
{
    private readonly LinuxPrivileges _privileges = Capabilities.Effective;
    private readonly SpawnThread _thread = new();
    private readonly LauncherFolder _folder = LauncherFolder.Create();
    private readonly TaskUsers? _users;

    /// <summary>Makes a launcher that takes task users from the default range if it runs as root.</summary>
    public TaskLauncher()
        : this(TaskUserRange.Default)
    {
    }

    /// <summary>Makes a launcher.</summary>
    /// <param name="users">The range that task users are from if it runs as root.</param>
    public TaskLauncher(TaskUserRange users)
    {
        if (CanChangeUser(_privileges))
            _users = TaskUsers.Claim(users);
    }

    /// <summary>Starts a task.</summary>
    /// <param name="command">What it runs.</param>
    /// <param name="policy">What it may reach.</param>
    /// <exception cref="FileNotFoundException">There is no such program.</exception>
    /// <exception cref="IOException">The task would have a user of its own, and that can't read the program.</exception>
    /// <exception cref="TaskStartException">A step of the start failed; nothing is left of the task.</exception>
    /// <exception cref="LinuxException">A path that the policy names can't be opened, or Linux is out of descriptors.</exception>
    public TaskProcess Start(TaskCommand command, SandboxPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(policy);
        if (command.Descriptors.Keys.Any(number => number < 3))
            throw new ArgumentException("Descriptors 0 to 2 are input, output and error; give numbers from 3 on.", nameof(command));
        command = command with { Executable = Path.GetFullPath(command.Executable) };
        if (!File.Exists(command.Executable))
            throw new FileNotFoundException($"There is no program {command.Executable}.", command.Executable);
        TaskResources resources = TaskResources.Take(_folder, _users);
        try
        {
            return Start(command, policy, resources);
        }
        catch
        {
            resources.Dispose();
            throw;
        }
    }

    /// <summary>Kills the tasks that still run. Their folders go when they are disposed of.</summary>
    public void Dispose()
    {
        _thread.Dispose();
        _folder.Dispose();
        _users?.Dispose();
    }

    /// <summary>Tells whether these privileges are enough to give each task a user of its own.</summary>
    internal static bool CanChangeUser(LinuxPrivileges privileges) =>
        privileges.HasFlag(LinuxPrivileges.SetUser | LinuxPrivileges.SetGroup | LinuxPrivileges.ChangeOwner);

    private TaskProcess Start(TaskCommand command, SandboxPolicy policy, TaskResources resources)
    {
        if (resources.User is { } user)
            FolderAccess.Check(user, [.. command.ProgramFolder is { } folder ? [folder] : Array.Empty<string>(), .. policy.ReadablePaths]);
        using SafeFileHandle input = File.OpenHandle("/dev/null");
        var output = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        var error = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        try
        {
            using SafeFileHandle? ruleset = FileRules.CreateRuleset(command, policy, resources.Folder);
            SafeHandle[] streams = [input, output.ClientSafePipeHandle, error.ClientSafePipeHandle];
            var start = new TaskStart(command, policy, resources.User, _privileges, resources.Folder, ruleset, streams);
            (int id, SafeFileHandle descriptor) = Spawn(start);
            return new TaskProcess(id, descriptor, output, error, resources);
        }
        catch
        {
            output.Dispose();
            error.Dispose();
            throw;
        }
        finally
        {
            // The child has its copies; the pipes end when it closes them.
            output.DisposeLocalCopyOfClientHandle();
            error.DisposeLocalCopyOfClientHandle();
        }
    }

    private (int Id, SafeFileHandle Descriptor) Spawn(TaskStart start)
    {
        using var program = new SpawnProgram();
        start.WriteTo(program);
        try
        {
            return _thread.Invoke(program.Run);
        }
        catch (LinuxException cause)
        {
            throw TaskStartException.From(cause, start);
        }
    }
}
