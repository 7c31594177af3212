using System.Globalization;
using System.Runtime.InteropServices;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Linux;
using Rel4.Runtime;

namespace Rel4.Hosted.TaskSide;

/// <summary>Is the calling process as a task: its socket to the kernel, and its threads that make system calls.</summary>
public static unsafe class CurrentTask
{
    /// <summary>Names the environment variable that tells a task the descriptor of its socket.</summary>
    internal const string SocketVariable = "REL4_SOCKET";

    /// <summary>The descriptor that a task's socket has by custom.</summary>
    internal const int SocketNumber = 3;

    private static KernelConnection? s_connection;

    /// <summary>Gets whether this process is a task, or the calling thread one of a kernel's, which has not ended.</summary>
    internal static bool IsAttached => (TaskThread.Current?.Connection ?? s_connection) is { HasEnded: false };

    /// <summary>Gets the connection to the kernel: that of the calling thread, or else that of the process, if it is a task.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    internal static KernelConnection Connection => TaskThread.Current?.Connection ?? s_connection ?? throw new InvalidOperationException("this process is no task: attach it first");

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
        if (TaskContext.IsAvailable)
            Begin();
    }

    /// <summary>As <see cref="Attach()"/>, for a task that was started in the process that composes its system: nothing is in that one's environment.</summary>
    internal static void Attach(int socket, string manifest)
    {
        TaskContext.Begin(manifest);
        Attach(socket);
        Begin();
    }

    /// <summary>Gives back what such a task has, whose kernel lets go of it. Waits for that, on the task's first thread.</summary>
    /// <param name="patience">How long its other threads have to end; those that don't give back nothing.</param>
    internal static void Leave(TimeSpan patience)
    {
        KernelConnection? connection = s_connection;
        connection?.AwaitEnd();
        TaskThread.Current?.Retire();
        TaskThread.Current = null;
        if (connection?.Machine is not HostedAsyncMachine machine)
            return;
        var end = Task.Run(() =>
        {
            machine.Uninstall(patience);
            machine.Join();
        });
        _ = Task.WaitAny([end], 2 * patience);
    }

    private static void Begin()
    {
        Pulse.Begin(TaskThread.Current!.Page);
        TaskThread.Current!.Self = TaskContext.Self.CPtr;
        AsyncMachine.Install(Connection.Machine = new HostedAsyncMachine(Connection, TaskContext.Manifest, Affinity.Get(0)));
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
        // Not by Connection: the thread may still be one of a kernel's that has ended.
        TaskThread.Current = connection.AttachThread(Spins);
    }

    /// <summary>Connects with a kernel of this process, beside others that it may have, and makes the calling thread its root task's.</summary>
    /// <remarks>Nobody else of this process finds that connection: each of its threads is given it.</remarks>
    internal static KernelConnection AttachBeside(int socket)
    {
        var connection = new KernelConnection(socket);
        UserMachine.Install(&Trap, &Buffer);
        connection.Start();
        TaskThread.Current = connection.AttachThread(Spins);
        return connection;
    }

    /// <summary>Makes the calling thread the next one that the kernel starts for this task.</summary>
    /// <remarks>Blocks until the kernel starts it (<c>TCB_Resume</c>).</remarks>
    /// <exception cref="InvalidOperationException">The kernel has ended.</exception>
    public static void AttachThread() => TaskThread.Current = Connection.AttachThread(Spins);

    /// <summary>Gives back what the calling thread has for system calls. It can make none any more.</summary>
    internal static void DetachThread()
    {
        if (TaskThread.Current is not { } thread)
            return;
        TaskThread.Current = null;
        thread.Dispose();
    }

    /// <summary>Maps a frame of 4 KiB or more into this process.</summary>
    /// <param name="frame">Capability of the frame.</param>
    /// <param name="space">Capability of this process' address space.</param>
    /// <param name="rights"> At most these rights. Without <see cref="CapRights.Write"/> nobody can map the frame for writing any more; who
    /// did so before, can go on. </param>
    /// <returns>The frame's memory. It stays mapped until the process ends, also when the capability is revoked.</returns>
    /// <exception cref="SeL4Exception">The kernel refuses.</exception>
    public static Span<byte> Map(ulong frame, ulong space, CapRights rights)
    {
        byte* memory = Map(frame, space, rights, Limits.HugePageBits, out nuint size);
        return new Span<byte>(memory, (int)size);
    }

    /// <summary>Maps a frame of 4 KiB or more into this process, until <see cref="Memory.Unmap"/>.</summary>
    /// <inheritdoc cref="Map(ulong, ulong, CapRights)" path="/param"/>
    /// <param name="mostBits">Log2 of the most bytes; a longer frame is refused.</param>
    /// <remarks>The frame may have come from anybody: it is not invoked, as what is invoked gets the address space's capability.</remarks>
    internal static byte* Map(ulong frame, ulong space, CapRights rights, int mostBits, out nuint size)
    {
        // The answer has words: which rights the mapping has, log2 of the frame's size, and which descriptor it is.
        SeL4.SetCap(0, frame);
        SeL4.SetMR(0, 0);
        SeL4.SetMR(1, (ulong)rights);
        SeL4.SetMR(2, (ulong)mostBits);
        MessageInfo answer = SeL4.Call(space, new MessageInfo((ulong)HostedLabel.VSpaceMap, 0, 1, 3));
        SeL4Exception.ThrowIfFailed((SeL4Error)answer.Label, HostedLabel.VSpaceMap, space);
        bool writable = (SeL4.GetMR(0) & (ulong)CapRights.Write) != 0;
        size = (nuint)1 << (int)SeL4.GetMR(1);
        int file = Connection.TakeFrame(SeL4.GetMR(2));
        byte* memory = writable ? Memory.TryMapWritable(file, size) : Memory.TryMapReadOnly(file, size);
        _ = Descriptors.Close(file);
        if (memory == null)
            throw new IOException($"Linux maps no further {size} bytes into this process. Map fewer frames, or raise vm.max_map_count.");
        return memory;
    }

    /// <summary>Makes a process the content of an address space.</summary>
    /// <param name="space">Capability of the address space. It must have no process yet: the kernel then leaves the descriptors unread.</param>
    /// <param name="socket">The kernel's end of the process' socket. The kernel gets a copy.</param>
    /// <param name="process">The pidfd. The kernel gets a copy.</param>
    /// <exception cref="SeL4Exception">The kernel refuses.</exception>
    internal static void AttachProcess(ulong space, SafeHandle socket, SafeHandle process)
    {
        Connection.SendProcess((int)socket.DangerousGetHandle(), (int)process.DangerousGetHandle());
        MessageInfo answer = SeL4.Call(space, new MessageInfo((ulong)HostedLabel.VSpaceAttach, 0, 0, 0));
        SeL4Exception.ThrowIfFailed((SeL4Error)answer.Label, HostedLabel.VSpaceAttach, space);
    }

    internal static int Spins { get; } = Environment.ProcessorCount >= 4 ? 200 : 0;

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
