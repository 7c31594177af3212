using System.Globalization;
using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Is what the asynchronous half needs of the machine it runs on, besides system calls.</summary>
/// <remarks>
/// A task has one. A process that composes systems has one for each that it takes part in; the addresses of what it holds there begin with the system's number, so that a capability of
/// one is never taken for one of another. Nothing here is on a hot path but <see cref="InterruptSender.TryPost"/>.
/// </remarks>
internal abstract unsafe class AsyncMachine
{
    /// <summary>The bit at which the number of its system begins in the address of a capability of the composing process.</summary>
    public const int SystemShift = 44;

    private const string NoTask =
        "This process is no task, so it has no endpoints. Start it through a system (SystemBuilder, or 'rel4 run'); or, if it composes the system itself, "
        + "grant it something (SystemBuilder.Host) and use that while the system runs.";

    private static readonly Lock s_lock = new();

    // Replaced and never changed: it is read on any thread.
    private static AsyncMachine[] s_installed = [];

    [ThreadStatic]
    private static AsyncMachine? t_ofThread;

    private KernelThreads? _threads;

    /// <summary>Gets or sets the machine that the calling thread has to itself; null, as everywhere but in tests, for that of the process.</summary>
    public static AsyncMachine? OfThread
    {
        get => t_ofThread;
        set => t_ofThread = value;
    }

    /// <summary>Gets the machine of this process.</summary>
    /// <exception cref="InvalidOperationException">This process is no task, or takes part in several systems.</exception>
    public static AsyncMachine Current => t_ofThread ?? Volatile.Read(ref s_installed) switch
    {
        [var only] => only,
        [] => throw new InvalidOperationException(NoTask),
        _ => throw new InvalidOperationException(
            "This process takes part in several systems, and an executor is of one. Say which: run it by RunningSystem.Host.Run instead of ReL4.Run."),
    };

    /// <summary>Gets the number of the system; 0 in a task, whose addresses are those of its slots.</summary>
    public virtual ulong SystemNumber => 0;

    /// <summary>Gets or sets the runtime that serves threads without an executor; null before its first use, and after the end. Set under <see cref="TaskRuntime"/>'s lock of shared ones; read on any thread.</summary>
    internal TaskRuntime? SharedRuntime { get; set; }

    /// <summary>Gets or sets whether no runtime may begin any more. Set under both locks of <see cref="TaskRuntime"/>; read under that of the runtimes there are.</summary>
    internal bool HasEnded { get; set; }

    /// <summary>Finds the machine that a capability is of; null if there is none.</summary>
    public static AsyncMachine? Find(ulong capability)
    {
        if (t_ofThread is { } ofThread)
            return ofThread;
        foreach (AsyncMachine machine in Volatile.Read(ref s_installed))
        {
            if (machine.SystemNumber == capability >> SystemShift)
                return machine;
        }

        return null;
    }

    /// <summary>Gets the machine that a capability is of.</summary>
    /// <exception cref="InvalidOperationException">This process is no task, or takes no part in the capability's system any more.</exception>
    public static AsyncMachine Of(ulong capability)
    {
        if (Find(capability) is { } machine)
            return machine;
        throw new InvalidOperationException(capability >> SystemShift != 0
            ? "The system that this capability is of runs in this process no longer. Handles are of one system: find it anew by name, of what SystemBuilder.Host was granted in one that runs."
            : Volatile.Read(ref s_installed).Length == 0
                ? NoTask
                : "This is no address of a capability of this process, which composes the system that it takes part in: find the capability by the name under which SystemBuilder.Host was granted it.");
    }

    /// <summary>Gets the clock of time-outs and delays.</summary>
    public virtual TimeProvider Clock => TimeProvider.System;

    /// <summary>Gets the threads that make the runtime's system calls.</summary>
    /// <exception cref="InvalidOperationException">The process has no memory for them.</exception>
    public KernelThreads Threads => _threads ?? throw new InvalidOperationException(
        "This task has no memory for asynchronous IPC. Give it some where the system is composed (AsyncMemory).");

    /// <summary>Gets what the process may make objects from, and where it may put capabilities.</summary>
    public abstract RuntimeHoldings Holdings { get; }

    /// <summary>Installs the machine of this process, and starts the runtime's first thread if there is memory for it.</summary>
    /// <remarks>On a thread that can make system calls.</remarks>
    public static void Install(AsyncMachine machine)
    {
        if (machine.Holdings.MemoryBits != 0)
            machine.UseThreads(KernelThreads.Start(machine));
        lock (s_lock)
            Volatile.Write(ref s_installed, [.. s_installed, machine]);
    }

    /// <summary>Ends what uses the machine, whose kernel is about to end: nothing new begins, and what waits fails by a <see cref="KernelEndedException"/> or as its channel's end says.</summary>
    /// <param name="patience">How long to wait for executors of the program's own, which are told.</param>
    /// <remarks>Blocks. The machine's threads go on until <see cref="EndThreads"/>.</remarks>
    public void Uninstall(TimeSpan patience)
    {
        lock (s_lock)
            Volatile.Write(ref s_installed, [.. s_installed.Where(other => other != this)]);
        TaskRuntime.EndAll(this, patience);
    }

    /// <summary>Lets the runtime's threads end, after the kernel.</summary>
    public void EndThreads() => _threads?.End();

    /// <summary>Waits a little, and not always as long: what it waits for comes soon, and others wait for it as well.</summary>
    /// <param name="mostMilliseconds">How long at most. On a thread of the kernel that may wait.</param>
    public virtual void Pause(int mostMilliseconds) => Thread.Sleep(Random.Shared.Next(mostMilliseconds + 1));

    /// <summary>Sets the threads that make the runtime's system calls.</summary>
    protected void UseThreads(KernelThreads threads) => _threads = threads;

    /// <summary>Starts a .NET thread that is one of the kernel's, too.</summary>
    /// <param name="thread">A thread of the kernel, configured with this process' address space and a frame to trap through, not resumed.</param>
    /// <param name="name">Names it for debuggers.</param>
    /// <param name="body">What it runs. It may make system calls.</param>
    /// <remarks>Any thread that can make system calls. Returns when the new one can, too.</remarks>
    /// <exception cref="SeL4Exception">The kernel refuses.</exception>
    public abstract void StartThread(TcbCap thread, string name, Action body);

    /// <summary>Gets the calling thread, which can make system calls.</summary>
    public abstract TcbCap CurrentThread { get; }

    /// <summary>Ends the system call that another thread of this process waits in: it returns, with a result that means nothing.</summary>
    /// <returns>False if it is in none.</returns>
    /// <remarks>Any thread that can make system calls. The other one makes no call but that one meanwhile.</remarks>
    /// <exception cref="SeL4Exception">The kernel refuses.</exception>
    public abstract bool TryEndWait(TcbCap thread);

    /// <summary>Tells under which name and with which rights a capability was granted to the process, where the machine knows; the kernel tells nobody.</summary>
    /// <returns>Null if it does not: the capability came later, or there is none.</returns>
    public virtual HandleGrant? GrantOf(ulong capability) => null;

    /// <summary>Finds the slot that a capability lies in: what the kernel knows it by.</summary>
    /// <returns>Null if it is of another system, or was taken away.</returns>
    public virtual ulong? FindSlot(ulong capability) => capability;

    /// <summary>Says that a capability was taken away.</summary>
    public static InvalidOperationException TakenAway() => new(
        "The capability was taken away from this process: the task that owned its object was removed, or it was revoked. Find it anew by name, if it was granted again.");

    /// <summary>Gets the slot that a capability lies in.</summary>
    /// <exception cref="InvalidOperationException">It is of another system, or was taken away.</exception>
    public ulong SlotOf(ulong capability) => FindSlot(capability) ?? throw (capability >> SystemShift == SystemNumber ? TakenAway() : new InvalidOperationException(
        "This thread's executor is of one system, and the capability of another. Use it on a thread without an executor (await Task.Run), or in an executor of its own system (RunningSystem.Host.Run)."));

    /// <summary>Gets the task's name for metrics and traces, where the machine knows one.</summary>
    public virtual string? TaskName => null;

    /// <summary>Gets what this process is called in its systems: a task has one, and who composes them has the same in all.</summary>
    public static string? ProcessName => Volatile.Read(ref s_installed) is [var first, ..] ? first.TaskName : null;

    /// <summary>Calls a capability for messages by the name of its grant, or else by its address.</summary>
    public static string Describe(string kind, ulong capability) =>
        NameOf(capability) is { } name ? $"{kind} '{name}'" : string.Create(CultureInfo.InvariantCulture, $"{kind} {capability}");

    /// <summary>Gets the name under which a capability was granted; null if that is not known.</summary>
    public static string? NameOf(ulong capability) => Find(capability)?.GrantOf(capability)?.Name;

    /// <summary>Maps a frame of at most 2 MiB.</summary>
    /// <param name="frame">The frame, whoever it came from.</param>
    /// <param name="rights">At most these rights; without Write, nobody can map the frame for writing any more.</param>
    /// <param name="length">The frame's bytes.</param>
    /// <remarks>Any thread that can make system calls.</remarks>
    /// <exception cref="SeL4Exception">The kernel refuses, it is no frame, is longer, or has not the rights.</exception>
    public abstract byte* Map(CapabilityArgument frame, CapRights rights, out nuint length);

    /// <summary>Ends a mapping that <see cref="Map"/> made.</summary>
    public abstract void Unmap(byte* memory, nuint length);

    /// <summary>Takes over a receiver of user interrupts that was registered for a thread of this process.</summary>
    /// <param name="index">What <see cref="TcbCap.RegisterReceiver"/> returned.</param>
    /// <exception cref="InvalidOperationException">Memory or descriptors have run out, or the kernel has ended.</exception>
    public abstract InterruptReceiver OpenReceiver(ulong index);

    /// <summary>Registers the calling thread as a sender of a notification. Any thread may use the sender then, one at a time.</summary>
    /// <param name="notification">Capability with the Write right and a badge of one bit, whoever it came from.</param>
    /// <param name="sender">The sender; null if it failed.</param>
    /// <returns>As <see cref="SeL4.TCB_RegisterSender"/>.</returns>
    public abstract SeL4Error TryRegisterSender(CapabilityArgument notification, out InterruptSender? sender);

    /// <summary>Makes what the calling thread's executor parks on.</summary>
    /// <param name="doorbells">The receiver whose bits are the executor's doorbells.</param>
    public abstract InterruptParking CreateParking(InterruptReceiver doorbells);
}
