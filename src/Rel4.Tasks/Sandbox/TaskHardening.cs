using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Sandbox;

/// <summary>Protects the calling process from others of the same user.</summary>
/// <remarks>
/// A process can do this only for itself, after it has started: <c>execve</c> undoes it. A task's side of the machine calls it before
/// anything else, and the kernel's process does as well where its tasks have its user and no Landlock.
/// </remarks>
internal static class TaskHardening
{
    /// <summary>
    /// Makes the process undumpable: no debugger attaches, <c>/proc/&lt;pid&gt;/mem</c> and <c>fd</c> open for nobody but root, and no core
    /// is written.
    /// </summary>
    /// <exception cref="LinuxException">Linux refused, which it has no reason for.</exception>
    public static void Apply() => SystemCall.Invoke(SystemCallNumber.prctl, (nint)ProcessControl.SetDumpable, 0);

    /// <summary>Names the environment variable of tasks that are open to debuggers.</summary>
    internal const string DebugVariable = "REL4_DEBUG";

    /// <summary>What that says if the task waits for a debugger, or does not.</summary>
    internal const string DebugAndWait = "wait", DebugOnly = "1";

    /// <summary>Lets any debugger of the same user attach, where Linux otherwise lets only those that started the process (Yama).</summary>
    internal static void OpenToDebuggers()
    {
        // Where there is no Yama, Linux does not know the number, and nothing is in the way.
        const nint Any = -1;
        SystemCall.TryInvoke(SystemCallNumber.prctl, out _, (nint)ProcessControl.SetTracer, Any);
    }
}
