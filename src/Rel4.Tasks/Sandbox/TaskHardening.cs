using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Sandbox;

/// <summary>Protects the calling process from others of the same user.</summary>
/// <remarks>
/// A process can do this only for itself, after it has started: <c>execve</c> undoes it. A task's side of the machine calls it before
/// anything else, and the kernel's process does as well.
/// </remarks>
internal static class TaskHardening
{
    /// <summary>
    /// Makes the process undumpable: no debugger attaches, <c>/proc/&lt;pid&gt;/mem</c> and <c>fd</c> open for nobody but root, and no core
    /// is written.
    /// </summary>
    /// <exception cref="LinuxException">Linux refused, which it has no reason for.</exception>
    public static void Apply() => SystemCall.Invoke(SystemCallNumber.prctl, (nint)ProcessControl.SetDumpable, 0);
}
