namespace Rel4.Hosted;

/// <summary>Says where the kernel and the threads that talk through it run.</summary>
public enum KernelPlacement
{
    /// <summary>The kernel chooses: <see cref="Together"/> with fewer than four processors, else <see cref="Spread"/>.</summary>
    Automatic = 0,

    /// <summary>
    /// The kernel and the threads that make short calls one after another share a processor: waking one on another processor costs several
    /// times as much as changing over to it. A thread that computes between its calls is left to Linux.
    /// </summary>
    Together = 1,

    /// <summary>Linux places all, and everyone looks for a while before going to sleep.</summary>
    Spread = 2,
}
