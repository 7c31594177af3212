using System.Diagnostics.CodeAnalysis;
using System.Runtime.Loader;
using Rel4.Hosted.TaskSide;

/// <summary>Runs in a task's process before the program's <c>Main</c>.</summary>
/// <remarks>.NET looks for a type and method of these names in the assemblies that <c>DOTNET_STARTUP_HOOKS</c> names.</remarks>
internal static class StartupHook
{
    /// <summary>Makes the process a task.</summary>
    [RequiresUnreferencedCode("Runs a method that is known by name.")]
    public static void Initialize()
    {
        // The program need not have been built with this assembly, so .NET does not know where the others are that it needs.
        string? hook = Environment.GetEnvironmentVariable("DOTNET_STARTUP_HOOKS");
        string folder = Path.GetDirectoryName(hook) ?? "";
        AssemblyLoadContext.Default.Resolving += (context, name) =>
        {
            string path = Path.Combine(folder, $"{name.Name}.dll");
            return File.Exists(path) ? context.LoadFromAssemblyPath(path) : null;
        };
        TaskStartup.Run();
    }
}
