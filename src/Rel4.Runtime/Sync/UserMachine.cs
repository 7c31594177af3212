using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Is how user code reaches the machine it runs on: its trap, and the calling thread's IPC buffer.</summary>
/// <remarks>The machine installs itself once, before any thread of the process makes a system call.</remarks>
public static unsafe partial class UserMachine
{
    private static delegate*<TrapFrame*, void> _trap;
    private static delegate*<IpcBuffer*> _buffer;

    /// <summary>Gets the calling thread's IPC buffer; null if it has none, or if no machine is installed.</summary>
    public static IpcBuffer* Buffer
    {
        get
        {
            IpcBuffer* buffer = _buffer == null ? null : _buffer();
            if (buffer != null)
                return buffer;
            IpcBuffer* own = null;
            FindBuffer(&own);
            return own;
        }
    }

    /// <summary>Installs the machine of this process.</summary>
    /// <param name="trap">Makes the system call that a frame describes for the calling thread, and returns when it is over.</param>
    /// <param name="buffer">Finds the calling thread's IPC buffer; null if it has none.</param>
    /// <remarks>Both must be good for every thread for as long as the process makes system calls.</remarks>
    public static void Install(delegate*<TrapFrame*, void> trap, delegate*<IpcBuffer*> buffer)
    {
        _trap = trap;
        _buffer = buffer;
    }

    /// <summary>Makes a system call for the calling thread.</summary>
    /// <remarks>
    /// On return it was carried out. Where that can't be said, .NET code gets an exception (<see cref="TrapStatus"/> lists the cases).
    /// </remarks>
    internal static void Trap(TrapFrame* frame)
    {
        frame->Status = TrapStatus.Completed;
        if (_trap == null)
            frame->Status = TrapStatus.NoMachine;
        else
            _trap(frame);
        if (frame->Status != TrapStatus.Completed)
            Fail(frame);
    }

    /// <summary>Gets the calling thread's IPC buffer, which must be there: a .NET thread without one gets an exception.</summary>
    internal static IpcBuffer* RequireBuffer()
    {
        IpcBuffer* buffer = Buffer;
        if (buffer == null)
            FailWithoutBuffer();
        return buffer;
    }

    // Where there are no exceptions these have no bodies, and no calls are compiled.

    /// <summary>Throws what tells of a call that did not complete; or makes it, where the thread has a machine of its own.</summary>
    static partial void Fail(TrapFrame* frame);

    /// <summary>Finds the buffer of a thread that has a machine of its own.</summary>
    static partial void FindBuffer(IpcBuffer** buffer);

    /// <summary>Throws what tells of a missing IPC buffer.</summary>
    static partial void FailWithoutBuffer();
}
