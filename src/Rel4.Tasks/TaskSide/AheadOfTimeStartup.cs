using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Rel4.Hosted.TaskSide;

/// <summary>Runs in a task's process before the program's <c>Main</c>, where that was compiled ahead of time: there are no startup hooks then.</summary>
internal static class AheadOfTimeStartup
{
    /// <summary>Gets whether this program was compiled ahead of time: its assemblies are no files.</summary>
    /// <remarks>One that is to be says the same of its code when it is run in the usual way.</remarks>
    public static bool IsAheadOfTime { get; } =
        !RuntimeFeature.IsDynamicCodeSupported && !File.Exists(Path.Combine(AppContext.BaseDirectory, $"{typeof(AheadOfTimeStartup).Assembly.GetName().Name}.dll"));

    /// <summary>Makes the process a task.</summary>
    /// <remarks>Such programs run what initializes their modules at their start; others do so when the module is first used, which the hook comes before.</remarks>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "A task is protected and attached before any other code of it runs.")]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "No task of such a program is a method: a host refuses to name one.")]
    internal static void Initialize()
    {
        if (IsAheadOfTime)
            TaskStartup.Run();
    }
}
