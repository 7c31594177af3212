using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Rel4.Hosted.Composition;

namespace Rel4.Hosted.TaskSide;

/// <summary>Runs in a task's process before the program's <c>Main</c>, where that was compiled ahead of time: there are no startup hooks then.</summary>
internal static class AheadOfTimeStartup
{
    /// <summary>Makes the process a task.</summary>
    /// <remarks>Such programs run what initializes their modules at their start; others do so when the module is first used, which the hook comes before.</remarks>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "A task is protected and attached before any other code of it runs.")]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "No task of such a program is a method: HostProgram.PathFor refuses to name one.")]
    internal static void Initialize()
    {
        if (HostProgram.IsAheadOfTime)
            TaskStartup.Run();
    }
}
