using System.Globalization;
using Rel4.Abi;
using Rel4.Hosted.Linux;
using Rel4.Runtime;

namespace Rel4.Hosted.TaskSide;

/// <summary>Is the calling process as a task: its socket to the kernel, and its threads that make system calls.</summary>
public static unsafe class CurrentTask
{
    /// <summary>Names the environment variable that tells a task the descriptor of its socket.</summary>
    public const string SocketVariable = "REL4_SOCKET";

    /// <summary>The descriptor that a task's socket has by custom.</summary>
    internal const int SocketNumber = 3;

    private static KernelConnection? s_connection;

    /// <summary>Gets whether this process has a kernel.</summary>
    public static bool IsAttached => s_connection != null;

    /// <summary>Gets the connection to the kernel.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    internal static KernelConnection Connection => s_connection ?? throw new InvalidOperationException("this process is no task: attach it first");

    /// <summary>Connects a process that was started as a task with its kernel, and makes the calling thread the task's first.</summary>
    /// <remarks>Blocks until the kernel starts the thread.</remarks>
    /// <exception cref="InvalidOperationException">The process was not started as a task, or its kernel has ended.</exception>
    public static void Attach()
    {
        string? value = Environment.GetEnvironmentVariable(SocketVariable);
        if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int socket))
        {
            throw new InvalidOperationException(
                $"this process is no task: {SocketVariable} is not set. Start it through a system ('rel4 run', or SystemBuilder) instead of directly");
        }

        Attach(socket);
    }

    /// <summary>As <see cref="Attach()"/>, with the socket given.</summary>
    internal static void Attach(int socket)
    {
        var connection = new KernelConnection(socket);
        KernelConnection? last = s_connection;
        if (last is { HasEnded: false } || Interlocked.CompareExchange(ref s_connection, connection, last) != last)
            throw new InvalidOperationException("this process is a task already, and a process is one task");
        UserMachine.Install(&Trap, &Buffer);
        connection.Start();
        AttachThread();
    }

    /// <summary>Makes the calling thread the next one that the kernel starts for this task.</summary>
    /// <remarks>Blocks until the kernel starts it (<c>TCB_Resume</c>).</remarks>
    /// <exception cref="InvalidOperationException">The kernel has ended.</exception>
    public static void AttachThread() => TaskThread.Current = Connection.AttachThread(Spins);

    /// <summary>Maps a frame of 4 KiB or more into this process.</summary>
    /// <param name="frame">Capability of the frame.</param>
    /// <param name="space">Capability of this process' address space.</param>
    /// <param name="rights">
    /// At most these rights. Without <see cref="CapRights.Write"/> nobody can map the frame for writing any more; who did so before, can go on.
    /// </param>
    /// <returns>The frame's memory. It stays mapped until the process ends, also when the capability is revoked.</returns>
    /// <exception cref="InvalidOperationException">The kernel refuses.</exception>
    public static Span<byte> Map(ulong frame, ulong space, CapRights rights)
    {
        // seL4's method returns no words; the Hosted machine's says what to map.
        SeL4.SetCap(0, space);
        var trap = new TrapFrame
        {
            Number = Syscall.Call,
            Capability = frame,
            Info = new MessageInfo((ulong)InvocationLabel.X86PageMap, 0, 1, 3),
            Word1 = (ulong)rights,
        };
        Trap(&trap);
        if (trap.Status != TrapStatus.Completed || trap.Info.Label != (ulong)SeL4Error.NoError)
            throw new InvalidOperationException($"the frame can't be mapped: {trap.Status}, {(SeL4Error)trap.Info.Label}");
        bool writable = (trap.Word0 & (ulong)CapRights.Write) != 0;
        int size = 1 << (int)trap.Word1;
        int file = Connection.TakeFrame(trap.Word2);
        byte* memory = writable ? Memory.MapWritable(file, (nuint)size) : Memory.MapReadOnly(file, (nuint)size);
        _ = Descriptors.Close(file);
        return new Span<byte>(memory, size);
    }

    internal static int Spins { get; } = Environment.ProcessorCount > 2 ? 200 : 0;

    /// <summary>Makes a system call for the calling thread. Says why not in the status.</summary>
    internal static void Trap(TrapFrame* frame)
    {
        TaskThread? thread = TaskThread.Current;
        if (thread == null)
            frame->Status = TrapStatus.NoMachine;
        else if (thread.HasKernelEnded)
            frame->Status = TrapStatus.KernelEnded;
        else
            thread.Trap(frame);
    }

    private static IpcBuffer* Buffer()
    {
        TaskThread? thread = TaskThread.Current;
        return thread == null ? null : &thread.Page->Buffer;
    }
}
