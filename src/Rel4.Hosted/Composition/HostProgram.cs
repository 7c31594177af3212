using System.Reflection;
using Rel4.Abi;
using Rel4.Hosted.TaskSide;
using Rel4.Runtime;

namespace Rel4.Hosted.Composition;

/// <summary>Finds the files of the program that this process runs, which tasks made of delegates run too.</summary>
internal static class HostProgram
{
    /// <summary>Names the environment variable with assemblies that run before <c>Main</c>.</summary>
    public const string StartupHooks = "DOTNET_STARTUP_HOOKS";

    /// <summary>Gets the path of the assembly whose startup hook attaches a task to the kernel.</summary>
    public static string HookPath => Find(typeof(TaskStartup).Assembly.GetName().Name!);

    /// <summary>Gets that assembly and those that it needs.</summary>
    public static IEnumerable<string> HookFiles =>
        ((Type[])[typeof(TaskStartup), typeof(SeL4), typeof(TrapPage)]).Select(part => Find(part.Assembly.GetName().Name!));

    /// <summary>Tells whether a program attaches to its kernel by the startup hook.</summary>
    /// <remarks>One that was compiled ahead of time does so by itself. From here an executable's kind can't be told; a program that is itself compiled so has no hook for it.</remarks>
    public static bool NeedsHook(TaskProgram program) => !AheadOfTimeStartup.IsAheadOfTime || IsAssembly(program);

    /// <summary>Tells whether a program is run by .NET's host.</summary>
    public static bool IsAssembly(TaskProgram program) => program.Path.EndsWith(".dll", StringComparison.Ordinal);

    /// <summary>Finds the program that runs a method in a process of its own.</summary>
    /// <param name="assembly">The assembly of the method.</param>
    /// <returns>The running program, or where that is only a runner of tests the method's own assembly.</returns>
    /// <exception cref="FileNotFoundException">Neither is a program.</exception>
    public static string PathFor(Assembly assembly) =>
        PathFor(AppContext.BaseDirectory, Assembly.GetEntryAssembly()?.GetName().Name, assembly.GetName().Name!);

    internal static string PathFor(string folder, string? entry, string assembly)
    {
        // What 'dotnet' can run has a .runtimeconfig.json beside it; the testhost of 'dotnet test' has none of its own.
        foreach (string? program in new[] { entry, assembly })
        {
            string path = Path.Combine(folder, $"{program}.dll");
            if (program is not null && File.Exists(path) && File.Exists(Path.ChangeExtension(path, ".runtimeconfig.json")))
                return path;
        }

        if (AheadOfTimeStartup.IsAheadOfTime)
        {
            throw new NotSupportedException(
                "A program that was compiled ahead of time has no methods that another process could find by name. Give tasks' programs by path, such as Environment.ProcessPath with an argument that says which task it is.");
        }

        throw new FileNotFoundException(
            $"Tasks made of methods run this process' program, and in {folder} neither '{entry ?? "(none)"}', which it was started from, nor '{assembly}', "
            + "which holds the method, is one (a .dll with its .runtimeconfig.json). Publish the program as files, not as a single file; put the "
            + "methods into a program, not a library that a test host loads; or give tasks' programs by path.");
    }

    private static string Find(string assembly)
    {
        // Not Assembly.Location, which is empty in a single file: the message then could not name what is missing.
        string path = Path.Combine(AppContext.BaseDirectory, $"{assembly}.dll");
        return File.Exists(path)
            ? path
            : throw new FileNotFoundException(
                $"{path} is missing, and tasks that are .NET assemblies need it. Publish the program as files, not as a single file; or compile the tasks ahead of time, if it is.", path);
    }
}
