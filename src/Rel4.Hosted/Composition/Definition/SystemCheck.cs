using Rel4.Hosted.Sandbox;

namespace Rel4.Hosted.Composition;

/// <summary>Finds what a system lacks on this machine, before anything starts.</summary>
/// <remarks>Apart from the definition's own check, since a definition may be made where its programs are not.</remarks>
public static class SystemCheck
{
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Checks that each task's program can be started and has its method, and that what its sandbox opens and requires is there.</summary>
    /// <param name="system">The system.</param>
    /// <exception cref="SystemDefinitionException">Something is missing; all of it is told.</exception>
    public static void Check(SystemDefinition system)
    {
        ArgumentNullException.ThrowIfNull(system);
        Protection[] missing = [.. SandboxReport.Inspect().Missing];
        var limits = LimitReport.Inspect();
        SystemProblem[] problems = [.. system.Tasks.SelectMany(task => Check(task, missing, limits))];
        if (problems.Length > 0)
            throw new SystemDefinitionException([.. problems]);
    }

    private static IEnumerable<SystemProblem> Check(TaskDefinition task, Protection[] missingLayers, LimitReport limits)
    {
        string where = $"task '{task.Name}'", path = task.Program.Path;
        if (Directory.Exists(path))
            yield return new(where, $"its program {path} is a folder", "Name the .NET assembly (.dll) or the executable in it");
        else if (!File.Exists(path))
            yield return new(where, $"there is no program {path}", "Build it, or correct its path");
        else if (!path.EndsWith(".dll", StringComparison.Ordinal) && (File.GetUnixFileMode(path) & Executable) == 0)
            yield return new(where, $"its program {path} is not executable", "Run chmod +x on it, or name a .NET assembly (.dll)");
        else if (path.EndsWith(".dll", StringComparison.Ordinal) && !File.Exists(Path.ChangeExtension(path, ".runtimeconfig.json")))
            yield return new(where, $"beside its program {path} lies no .runtimeconfig.json, so .NET can't start it", "Name the assembly of a program, not of a library");
        else if (task.Program.Method is { } method && MethodSearch.Check($"{where}, method", path, method) is { } problem)
            yield return problem;
        SandboxPolicy sandbox = task.Sandbox;
        foreach (string missing in sandbox.ReadablePaths.Concat(sandbox.WritablePaths).Where(opened => !Path.Exists(opened)))
            yield return new($"{where}, sandbox", $"there is no {missing}", "Create it, or leave it out");
        foreach (Protection layer in missingLayers.Where(layer => sandbox.RequiredLayers.HasFlag(layer.Layer)))
            yield return new($"{where}, sandbox", $"it requires '{layer.Name}', which tasks don't get here", layer.Detail.TrimEnd('.'));
        foreach (LimitSupport weak in task.Limits.IsRequired ? limits.Weak(task.Limits) : [])
        {
            yield return new(
                $"{where}, limits", $"it requires a limit of {task.Limits.Describe(weak.Resource)}, to which it would not be held here: {weak.Means}", (weak.Fix ?? "").TrimEnd('.'));
        }
    }
}
