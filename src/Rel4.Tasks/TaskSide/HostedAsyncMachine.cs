using System.Runtime.ExceptionServices;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Linux;
using Rel4.Runtime;

namespace Rel4.Hosted.TaskSide;

/// <summary>Is the Linux machine for the asynchronous half of the runtime.</summary>
/// <param name="connection">The process' connection to the kernel.</param>
/// <param name="manifest">What the process holds.</param>
/// <param name="processors">Where the process' threads may run: where the first of them could before it made calls.</param>
/// <param name="host">What the process holds, if it composes the system; null in a task.</param>
internal sealed unsafe class HostedAsyncMachine(
    KernelConnection connection, TaskManifest manifest, Affinity.ProcessorSet processors, HostHoldings? host = null) : AsyncMachine
{
    private readonly Affinity.ProcessorSet _processors = processors;
    private readonly List<Thread> _threads = [];
    private readonly Lock _starting = new();

    /// <inheritdoc/>
    public override RuntimeHoldings Holdings { get; } = new(
        TaskContext.CNode,
        TaskSlots.Guard(manifest.CNodeBits),
        TaskContext.VSpace,
        new UntypedCap(manifest.RuntimeMemory),
        manifest.RuntimeMemoryBits,
        manifest.FirstRuntimeSlot,
        manifest.EndSlot);

    /// <inheritdoc/>
    public override ulong SystemNumber => host?.SystemNumber ?? 0;

    /// <inheritdoc/>
    public override ulong? FindSlot(ulong capability) => host is null ? capability : host.Find(capability)?.Named.Slot;

    /// <inheritdoc/>
    public override void StartThread(TcbCap thread, string name, Action body)
    {
        // The kernel tells a process only that one more of its threads was started, so one is started at a time.
        lock (_starting)
        {
            thread.Resume();
            using var attached = new ManualResetEventSlim();
            ExceptionDispatchInfo? failure = null;
            var started = new Thread(() =>
            {
                // The thread that starts this one may be kept on the kernel's processor just now.
                Affinity.TrySet(0, _processors);
                try
                {
                    TaskThread.Current = connection.AttachThread(CurrentTask.Spins);
                    TaskThread.Current.Self = thread.CPtr;
                }
                catch (InvalidOperationException exception)
                {
                    failure = ExceptionDispatchInfo.Capture(exception);
                }

                attached.Set();
                if (failure != null)
                    return;
                body();
                // Where that returns, the kernel has ended.
                CurrentTask.DetachThread();
            }) { IsBackground = true, Name = name };
            _threads.Add(started);
            started.UnsafeStart();
            attached.Wait();
            failure?.Throw();
        }
    }

    /// <summary>Ends the runtime's threads, and waits for them. The kernel has ended.</summary>
    public void Join()
    {
        EndThreads();
        while (true)
        {
            Thread[] left;
            lock (_starting)
                left = [.. _threads.Where(thread => thread.IsAlive)];
            if (left.Length == 0)
                return;
            foreach (Thread thread in left)
                thread.Join();
        }
    }

    /// <inheritdoc/>
    public override TcbCap CurrentThread => new(TaskThread.Current!.Self);

    /// <inheritdoc/>
    public override bool TryEndWait(TcbCap thread)
    {
        UserContext registers = thread.SuspendAndReadRegisters();
        bool waits = registers.Rip == TrapPage.TrapAddress;
        if (waits)
        {
            // Behind the call, as if that had been answered by an empty message.
            registers.Rip += TrapPage.TrapLength;
            registers.Rsi = default;
            thread.WriteRegisters(registers);
        }

        thread.Resume();
        return waits;
    }

    /// <inheritdoc/>
    public override string? TaskName => manifest.Task;

    /// <inheritdoc/>
    public override HandleGrant? GrantOf(ulong capability)
    {
        if (host is not null)
            return host.Find(capability)?.Granted;
        foreach (NamedCapability granted in manifest.Capabilities)
        {
            if (granted.Slot == capability)
                return new HandleGrant(granted.Name, granted.Rights);
        }

        return null;
    }

    /// <inheritdoc/>
    public override byte* Map(CapabilityArgument frame, CapRights rights, out nuint length) =>
        CurrentTask.Map(frame.Slot, Holdings.VSpace.CPtr, rights, Limits.LargePageBits, out length);

    /// <inheritdoc/>
    public override void Unmap(byte* memory, nuint length) => Memory.Unmap(memory, length);

    /// <inheritdoc/>
    public override InterruptReceiver OpenReceiver(ulong index) =>
        connection.TakeReceiver((ushort)index) ?? throw new InvalidOperationException(
            "This process is out of descriptors or mappings, so it can't receive user interrupts. "
            + "Raise its limit (SandboxPolicy.OpenDescriptors), or keep fewer channels open.");

    /// <inheritdoc/>
    public override SeL4Error TryRegisterSender(CapabilityArgument notification, out InterruptSender? sender)
    {
        SeL4Error error = UserInterruptSender.TryRegister(TaskThread.Current!.Self, notification.Slot, out UserInterruptSender? registered);
        sender = registered;
        return error;
    }

    /// <inheritdoc/>
    public override InterruptParking CreateParking(InterruptReceiver doorbells) =>
        new UserInterruptParking((UserInterruptReceiver)doorbells, _processors);
}
