using System.IO.Pipes;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Sandbox;

/// <summary>Starts processes of tasks, each in a sandbox.</summary>
/// <remarks>
/// May be called from any thread. As root, where each task gets a user of its own, starting the first one makes the calling process
/// undumpable, since for a moment the child shares its memory: Linux protects that from the new user. As an ordinary user, where Linux has no
/// Landlock, making a launcher does so.
/// </remarks>
internal sealed class TaskLauncher : IDisposable
{
    private readonly LinuxPrivileges _privileges = Capabilities.Effective;
    private readonly SandboxReport _layers = SandboxReport.Inspect();
    private readonly LimitReport _limits;
    private readonly SpawnThread _thread = new();
    private readonly LauncherFolder _folder;
    private readonly TaskUsers? _users;
    private readonly ControlGroups _groups;

    /// <summary>Makes a launcher that takes task users from the default range if it runs as root.</summary>
    /// <exception cref="IOException">There is no room for the folders of tasks, or no user for them.</exception>
    public TaskLauncher()
        : this(TaskUserRange.Default)
    {
    }

    /// <summary>Makes a launcher.</summary>
    /// <param name="users">The range that task users are from if it runs as root.</param>
    /// <exception cref="IOException">There is no room for the folders of tasks, or no user for them.</exception>
    public TaskLauncher(TaskUserRange users)
        : this(users, ControlGroupPlace.Find())
    {
    }

    internal TaskLauncher(TaskUserRange users, ControlGroupPlace groups)
    {
        _groups = new ControlGroups(groups);
        _limits = LimitReport.From(groups);
        try
        {
            _folder = LauncherFolder.Create();
            if (CanChangeUser(_privileges))
                _users = TaskUsers.Claim(users);
            else if (Landlock.Version == 0)
                TaskHardening.Apply(); // nothing else keeps tasks of the same user from this process' memory
        }
        catch
        {
            _folder?.Dispose();
            _thread.Dispose();
            throw;
        }
    }

    /// <summary>Starts a task.</summary>
    /// <param name="command">What it runs.</param>
    /// <param name="policy">What it may reach.</param>
    /// <param name="limits">What it may use of the machine, as far as it can be held to that (<see cref="LimitReport"/>); null for <see cref="TaskLimits.None"/>.</param>
    /// <exception cref="FileNotFoundException">There is no such program.</exception>
    /// <exception cref="MissingLayersException">The policy requires layers that tasks do not get here.</exception>
    /// <exception cref="MissingLimitsException">The limits are required, and the task would not be held to them here.</exception>
    /// <exception cref="IOException">The task would have a user of its own, and that can't read the program.</exception>
    /// <exception cref="TaskStartException">A step of the start failed; nothing is left of the task.</exception>
    /// <exception cref="LinuxException">A path that the policy names can't be opened, no control group can be made, or Linux is out of descriptors.</exception>
    public TaskProcess Start(TaskCommand command, SandboxPolicy policy, TaskLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(policy);
        limits ??= TaskLimits.None;
        if (command.Descriptors.Keys.Any(number => number < 3))
            throw new ArgumentException("Descriptors 0 to 2 are input, output and error; give numbers from 3 on.", nameof(command));
        _layers.Require(policy.RequiredLayers, command.Executable);
        _limits.Require(limits, command.Executable);
        command = command with { Executable = Path.GetFullPath(command.Executable) };
        if (!File.Exists(command.Executable))
            throw new FileNotFoundException($"There is no program {command.Executable}.", command.Executable);
        TaskResources resources = TaskResources.Take(_folder, _users, _groups, limits);
        try
        {
            return Start(command, policy, limits, resources);
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
        _users?.Dispose();
        _groups.Dispose();
        _folder.Dispose();
    }

    /// <summary>Tells whether these privileges are enough to give each task a user of its own, to end it then, and to delete what it leaves in its folder.</summary>
    internal static bool CanChangeUser(LinuxPrivileges privileges) => privileges.HasFlag(
        LinuxPrivileges.SetUser | LinuxPrivileges.SetGroup | LinuxPrivileges.ChangeOwner
        | LinuxPrivileges.SignalOthers | LinuxPrivileges.IgnoreFileModes | LinuxPrivileges.ChangeOthersModes);

    private TaskProcess Start(TaskCommand command, SandboxPolicy policy, TaskLimits limits, TaskResources resources)
    {
        if (resources.User is { } user)
            FolderAccess.Check(user, [.. command.ProgramFolder is { } folder ? [folder] : Array.Empty<string>(), .. command.NeededFiles, .. policy.ReadablePaths]);
        using SafeFileHandle input = Descriptors.Open("/dev/null");
        using Pipe output = new(), error = new();
        using SafeFileHandle? ruleset = FileRules.CreateRuleset(command, policy, resources.Folder);
        var start = new TaskStart(
            command, policy, limits, resources.User, resources.Group, _privileges, resources.Folder, ruleset, [input, output.Writer, error.Writer]);
        (int id, SafeFileHandle descriptor) = Spawn(start);
        return new TaskProcess(id, descriptor, output.TakeReader(), error.TakeReader(), resources);
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

    /// <summary>Is what a task writes into. The child has a copy of the writer; the pipe ends when it closes that.</summary>
    private sealed class Pipe : IDisposable
    {
        private readonly SafePipeHandle _reader;
        private bool _isTaken;

        public Pipe() => (_reader, Writer) = Descriptors.CreatePipe();

        public SafePipeHandle Writer { get; }

        public AnonymousPipeClientStream TakeReader()
        {
            _isTaken = true;
            return new AnonymousPipeClientStream(PipeDirection.In, _reader);
        }

        public void Dispose()
        {
            Writer.Dispose();
            if (!_isTaken)
                _reader.Dispose();
        }
    }
}
