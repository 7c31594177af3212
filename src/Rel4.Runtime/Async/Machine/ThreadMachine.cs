using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Is a machine that one thread of the process runs on, whatever the others do: tests have several systems in a process.</summary>
internal abstract unsafe class ThreadMachine
{
    [ThreadStatic]
    private static ThreadMachine? t_ofThread;

    /// <summary>Gets or sets the machine that the calling thread has to itself: it comes after the process', and is asked only where that has nothing for the thread.</summary>
    public static ThreadMachine? OfThread
    {
        get => t_ofThread;
        set => t_ofThread = value;
    }

    /// <summary>Gets the thread's IPC buffer.</summary>
    public abstract IpcBuffer* Buffer { get; }

    /// <summary>Makes the system call that a frame describes. Says in the status how it came back.</summary>
    public abstract void Trap(TrapFrame* frame);
}
