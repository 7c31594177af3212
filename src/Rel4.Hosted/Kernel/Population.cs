using Rel4.Abi;
using Rel4.Hosted.Linux;
using Rel4.Kernel;

namespace Rel4.Hosted.Kernel;

/// <summary>Keeps the processes and threads that the kernel serves, from their start to their burial.</summary>
internal sealed unsafe partial class Population(
    KernelState* state, FrameMemory frames, Budget budget, Closer closer, Events events, HotThreads hot, Placement placement) : IDisposable
{
    // Its socket and its pidfd.
    private static readonly Cost s_processCost = new(descriptors: 2);

    // Its doorbell; its page is a frame's.
    private static readonly Cost s_threadCost = new(descriptors: 1);

    /// <summary>How many ends may wait to be told before tasks attach no more: they could end processes faster than others learn of it.</summary>
    public const int MostEnded = 64;

    private readonly Table<HostedThread> _threads = new();
    private readonly Table<HostedProcess> _processes = new();
    private readonly Queue<ulong> _ended = new();
    private readonly Queue<HostedProcess> _dead = new();
    private ulong _lastName;

    /// <summary>Gets the threads that are served, for those who look on.</summary>
    public IEnumerable<HostedThread> Threads => _threads.All;

    public HostedThread? Thread(int number) => _threads[number];

    /// <summary>Gets a bound that all numbers of threads lie below.</summary>
    public int ThreadCapacity => _threads.Capacity;

    /// <summary>Finds a thread by its TCB; null if it was not started.</summary>
    public HostedThread? ThreadOf(Tcb* tcb) => tcb->MachineData == 0 ? null : _threads[(int)tcb->MachineData];

    /// <summary>Finds the process that an address space stands for; null if it has none.</summary>
    public HostedProcess? ProcessOf(in Capability space) => ProcessOf(space.Address);

    /// <summary>Finds the process that an address space stands for; null if it has none.</summary>
    public HostedProcess? ProcessOf(void* space)
    {
        for (int i = 1; i < _processes.Capacity; i++)
        {
            if (_processes[i] is { } process && process.Space == space)
                return process;
        }

        return null;
    }

    /// <summary>Makes a process the content of an address space.</summary>
    /// <param name="pidDescriptor">Its pidfd; -1 for the process that the kernel runs in.</param>
    /// <param name="attachedBy">The process that asked for it; null for the root task's.</param>
    /// <returns>False if there is no memory or no descriptor left for it, or too many have ended just now; those given are still the caller's then.</returns>
    public bool TryAddProcess(void* space, int socket, int pidDescriptor, HostedProcess? attachedBy)
    {
        var process = new HostedProcess(_processes.NextNumber, ++_lastName, space, socket, pidDescriptor, attachedBy);
        if (!process.IsVouchedFor && EndsToTell >= MostEnded)
            return false;
        if (!budget.TryTake(process, process.IsVouchedFor ? BudgetUse.Start : BudgetUse.Extra, s_processCost))
            return false;
        if (pidDescriptor >= 0 && !events.TryAddReadable(pidDescriptor, EventKind.ProcessEnd, process.Number))
        {
            budget.Release(process, s_processCost);
            return false;
        }

        _processes.Add(process);
        return true;
    }

    /// <summary>Gives a thread its trap page, so that its process can run it. Its IPC buffer's frame is the page.</summary>
    /// <returns>False if it has no such frame that it may write, its process is unknown or gone, or descriptors have run out.</returns>
    public bool TryStart(Tcb* tcb)
    {
        HostedProcess? process = ProcessOf(tcb->VSpaceRoot.Cap);
        Capability frame = tcb->IpcBufferFrame.Cap;
        if (process is null or { IsDead: true } || frame.Type != CapType.Frame || !frame.Has(CapRights.ReadWrite)
            || frames.ShareWritable(frame, process, BudgetUse.Start, out int file).IsGiven(out _) || !TryOpenDoorbell(process, out int doorbell))
            return false;
        var thread = new HostedThread(_threads.NextNumber, tcb, (TrapPage*)frame.Address, doorbell, process);
        Volatile.Write(ref thread.Page->LaneGiven, 0);
        if (!events.TryAddDoorbell(doorbell, EventKind.Doorbell, thread.Number)
            || !DescriptorSocket.TrySend(process.Socket, new TaskMessage { Kind = TaskMessageKind.Thread }, file, doorbell))
        {
            CloseDoorbell(process, doorbell);
            return false;
        }

        _threads.Add(thread);
        hot.Reserve(_threads.Capacity);
        tcb->MachineData = (ulong)thread.Number;
        tcb->Process = process.Name;
        return true;
    }

    /// <summary>Tells the process of a thread that can't be started: it would wait for it for ever.</summary>
    public void ReportFailedStart(Tcb* tcb)
    {
        if (ProcessOf(tcb->VSpaceRoot.Cap) is { IsDead: false } process)
            _ = DescriptorSocket.TrySend(process.Socket, new TaskMessage { Kind = TaskMessageKind.Thread });
    }

    /// <summary>Takes note that a process has ended.</summary>
    public void ProcessEnded(int number)
    {
        if (_processes[number] is not { IsDead: false } process)
            return;
        process.IsDead = true;
        // It has told what it can: one that rests before it is buried must not keep the kernel awake.
        events.Remove(process.PidDescriptor);
        // It rests for its burial only, which others wait for.
        process.RestsUntil = 0;
        _dead.Enqueue(process);
        _ended.Enqueue(process.Name);
    }

    /// <summary>Tells whether a process, by its <see cref="HostedProcess.Name"/>, has not ended.</summary>
    public bool IsAlive(ulong name) => ProcessOf(name) is { IsDead: false };

    /// <summary>Finds the process that gave a thread the capability that came last, if that is in this slot; null otherwise, or if it has gone.</summary>
    public HostedProcess? GiverOf(Tcb* thread, Slot* slot) => thread->GivenSlot == slot ? ProcessOf(thread->Giver) : null;

    /// <summary>Frees what Linux holds for an object that dies.</summary>
    public void ObjectDies(in Capability capability)
    {
        switch (capability.Type)
        {
            case CapType.Thread:
                RemoveThread(capability.Thread);
                break;
            case CapType.Frame:
                RemoveThreadsOn(capability);
                frames.Forget(capability);
                break;
            case CapType.VSpace:
                if (ProcessOf(capability) is { } process)
                    RemoveProcess(process);
                break;
        }
    }

    /// <summary>Lets go of all. Threads may run again where they might before: they go on, though not as tasks.</summary>
    public void Dispose()
    {
        for (int i = 1; i < _threads.Capacity; i++)
        {
            if (_threads[i] is { } thread)
                RemoveThread(thread.Tcb);
        }

        for (int i = 1; i < _processes.Capacity; i++)
        {
            if (_processes[i] is { } process)
                Close(process);
        }
    }

    /// <summary>Ends a process whose address space is gone, or forgets one that has ended.</summary>
    private void RemoveProcess(HostedProcess process)
    {
        for (int i = 1; i < _threads.Capacity; i++)
        {
            if (_threads[i] is { } thread && thread.Process == process)
                RemoveThread(thread.Tcb);
        }

        if (!process.IsDead)
            _ended.Enqueue(process.Name);
        if (process is { IsDead: false, IsVouchedFor: true, PidDescriptor: >= 0 })
            ProcessDescriptor.Kill(process.PidDescriptor);
        Close(process);
        _processes.Remove(process.Number);
    }

    private void Close(HostedProcess process)
    {
        if (process.PidDescriptor >= 0)
        {
            events.Remove(process.PidDescriptor);
            _ = Descriptors.Close(process.PidDescriptor);
        }

        // What tasks queued in it is closed with it; the root task queues nothing else than the kernel asks for, and waits for the end.
        if (process.IsRoot)
            _ = Descriptors.Close(process.Socket);
        else
            closer.Close(process, process.Socket);
        process.Socket = -1;
        budget.Release(process, s_processCost);
    }

    private HostedProcess? ProcessOf(ulong name)
    {
        for (int i = 1; i < _processes.Capacity; i++)
        {
            if (_processes[i] is { } process && process.Name == name)
                return process;
        }

        return null;
    }

    private void RemoveThreadsOn(in Capability frame)
    {
        for (int i = 1; i < _threads.Capacity; i++)
        {
            if (_threads[i] is { } thread && thread.Page == frame.Address)
                RemoveThread(thread.Tcb);
        }
    }

    /// <summary>Serves a thread no longer.</summary>
    private void RemoveThread(Tcb* tcb)
    {
        if (ThreadOf(tcb) is not { } thread)
            return;
        thread.Lane?.Detach();
        hot.Remove(thread);
        placement.Release(thread);
        CloseDoorbell(thread.Process, thread.Doorbell);
        _threads.Remove(thread.Number);
        // Nor does it keep those that it talked to before, nor they those before them.
        thread.Partner = null;
        tcb->MachineData = 0;
    }

    private bool TryOpenDoorbell(HostedProcess process, out int doorbell)
    {
        doorbell = -1;
        if (!budget.TryTake(process, BudgetUse.Start, s_threadCost))
            return false;
        doorbell = Descriptors.TryCreateEvent();
        if (doorbell < 0)
            budget.Release(process, s_threadCost);
        return doorbell >= 0;
    }

    private void CloseDoorbell(HostedProcess process, int doorbell)
    {
        events.Remove(doorbell);
        _ = Descriptors.Close(doorbell);
        budget.Release(process, s_threadCost);
    }
}
