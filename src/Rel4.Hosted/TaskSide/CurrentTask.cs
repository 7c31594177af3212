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
        s_connection = new KernelConnection(socket);
        UserMachine.Install(&Trap, &Buffer);
        s_connection.Start();
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
        SeL4Error error = SeL4.X86_Page_Map(frame, space, 0, rights, default);
        if (error != SeL4Error.NoError)
            throw new InvalidOperationException($"the frame can't be mapped: {error}");
        bool writable = (SeL4.GetMR(0) & (ulong)CapRights.Write) != 0;
        int size = 1 << (int)SeL4.GetMR(1);
        int file = Connection.TakeFrame(SeL4.GetMR(2));
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
