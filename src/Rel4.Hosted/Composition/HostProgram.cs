using System.Reflection;

namespace Rel4.Hosted.Composition;

/// <summary>Finds the files of the program that this process runs, which tasks made of delegates run too.</summary>
internal static class HostProgram
{
    /// <summary>Names the environment variable with assemblies that run before <c>Main</c>.</summary>
    public const string StartupHooks = "DOTNET_STARTUP_HOOKS";

    /// <summary>Gets the path of this assembly, whose startup hook attaches a task to the kernel.</summary>
    public static string HookPath => Find(typeof(HostProgram).Assembly.GetName().Name!);

    /// <summary>Gets the path of the running program's assembly.</summary>
    public static string EntryPath => Find(
        Assembly.GetEntryAssembly()?.GetName().Name
        ?? throw new InvalidOperationException("This process was not started from a .NET assembly: give the tasks' programs by path."));

    private static string Find(string assembly)
    {
        // Not Assembly.Location, which is empty in a single file: the message then could not name what is missing.
        string path = Path.Combine(AppContext.BaseDirectory, $"{assembly}.dll");
        return File.Exists(path)
            ? path
            : throw new InvalidOperationException(
                $"{path} is missing, and tasks need it. Publish the program as files, not as a single file.");
    }
}
