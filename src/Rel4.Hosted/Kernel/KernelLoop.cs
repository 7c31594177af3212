using System.Runtime.InteropServices;
using Rel4.Abi;
using Rel4.Hosted.Linux;
using Rel4.Kernel;
using ThreadState = Rel4.Kernel.ThreadState;

namespace Rel4.Hosted.Kernel;

/// <summary>Serves the system calls of all tasks, one after another, on a thread of its own.</summary>
/// <remarks>
/// The threads that make system calls now are <em>hot</em>: the loop looks at their trap pages in turn, one call each, so that nobody is served
/// more often than another. After a while without any it asks them all to ring their doorbells and sleeps. Nothing is allocated but when a
/// thread or process is added. Not for use from other threads.
/// </remarks>
internal sealed unsafe class KernelLoop : IDisposable
{
    private const int WorkPerEntry = 256;
    private const int EventCapacity = 64;

    private readonly int _epoll = Epoll.Create();
    private readonly int _stop;
    private readonly int _spins;
    private readonly Table<HostedThread> _threads = new();
    private readonly Table<HostedProcess> _processes = new();
    private HostedThread[] _hot = new HostedThread[16];
    private int _hotCount;
    private int _dying;
    private int _work;
    private GCHandle _self;

    private enum EventKind : uint
    {
        Stop,
        Doorbell,
        ProcessEnd,
    }

    public KernelLoop(KernelState* state, int stopEvent, int spins)
    {
        State = state;
        _stop = stopEvent;
        _spins = spins;
        Frames = new FrameMemory(state->Region, state->RegionSize);
        _self = GCHandle.Alloc(this);
        state->MachineData = (void*)GCHandle.ToIntPtr(_self);
        Epoll.AddReadable(_epoll, stopEvent, Pack(EventKind.Stop, 0));
    }

    public KernelState* State { get; }

    public FrameMemory Frames { get; }

    /// <summary>Serves until the stop event is rung.</summary>
    public void Run()
    {
        int idle = 0;
        while (true)
        {
            if (ServeHot())
            {
                idle = 0;
            }
            else if (idle < _spins)
            {
                idle++;
                Thread.SpinWait(1);
            }
            else
            {
                idle = 0;
                if (PrepareToSleep() && !Sleep())
                    return;
            }
        }
    }

    /// <summary>Makes a process the content of an address space.</summary>
    public HostedProcess AddProcess(void* space, int socket, int pidDescriptor)
    {
        var process = new HostedProcess(_processes.NextNumber, space, socket, pidDescriptor);
        _processes.Add(process);
        if (pidDescriptor >= 0)
            Epoll.AddReadable(_epoll, pidDescriptor, Pack(EventKind.ProcessEnd, process.Number));
        return process;
    }

    /// <summary>Finds the process that an address space stands for; null if it has none.</summary>
    public HostedProcess? FindProcess(in Capability space)
    {
        for (int i = 1; i < _processes.Capacity; i++)
        {
            if (_processes[i] is { } process && process.Space == space.Address)
                return process;
        }

        return null;
    }

    /// <summary>Gives a thread its trap page, so that its process can run it. Its IPC buffer's frame is the page.</summary>
    /// <returns>False if it has no such frame, its process is unknown or gone, or descriptors have run out.</returns>
    public bool TryStart(Tcb* tcb)
    {
        HostedProcess? process = FindProcess(tcb->VSpaceRoot.Cap);
        if (process is null or { IsDead: true } || tcb->IpcBufferFrame.Cap.Type != CapType.Frame
            || !Frames.TryShareWritable(tcb->IpcBufferFrame.Cap, out int file))
            return false;
        int doorbell = Descriptors.TryCreateEvent();
        if (doorbell < 0)
            return false;
        var page = (TrapPage*)tcb->IpcBufferFrame.Cap.Address;
        var thread = new HostedThread(_threads.NextNumber, tcb, page, doorbell, process);
        if (!DescriptorSocket.TrySend(process.Socket, (ulong)DescriptorKind.Thread, file, doorbell))
        {
            _ = Descriptors.Close(doorbell);
            return false;
        }

        _threads.Add(thread);
        if (_hot.Length < _threads.Capacity)
            Array.Resize(ref _hot, _threads.Capacity);
        tcb->MachineData = (ulong)thread.Number;
        Epoll.AddDoorbell(_epoll, doorbell, Pack(EventKind.Doorbell, thread.Number));
        return true;
    }

    /// <summary>Lets a thread that has no fault handler know of its fault.</summary>
    public bool TryReportFault(Tcb* tcb, in Fault fault)
    {
        HostedThread? thread = ThreadOf(tcb);
        if (thread is not { IsInSystemCall: true })
            return false;
        tcb->Fault = fault;
        uint words = FaultMessage.Write(tcb, tcb, Message.Buffer(tcb, CapRights.ReadWrite));
        tcb->Fault = default;
        Message.SetResult(tcb, 0, new MessageInfo((ulong)fault.Type, 0, 0, words));
        thread.Status = TrapStatus.Faulted;
        return true;
    }

    /// <summary>Lets a caller know that nobody can reply to it.</summary>
    public bool TryReportAbandonment(Tcb* caller)
    {
        if (ThreadOf(caller) is not { } thread)
            return false;
        Message.SetResult(caller, 0, default);
        thread.Status = TrapStatus.Abandoned;
        return true;
    }

    /// <summary>Counts a unit of a long operation.</summary>
    /// <returns>Whether others should have their turn.</returns>
    public bool CountWork() => ++_work % WorkPerEntry == 0;

    /// <summary>Frees what Linux holds for an object that dies.</summary>
    public void ObjectDies(in Capability capability)
    {
        switch (capability.Type)
        {
            case CapType.Thread:
                RemoveThread((Tcb*)capability.Address);
                break;
            case CapType.Frame:
                RemoveThreadsOn(capability);
                Frames.Forget(capability);
                break;
            case CapType.VSpace:
                if (FindProcess(capability) is { } process)
                    RemoveProcess(process);
                break;
        }
    }

    public HostedThread? ThreadOf(Tcb* tcb) => tcb->MachineData == 0 ? null : _threads[(int)tcb->MachineData];

    public void Dispose()
    {
        for (int i = 1; i < _threads.Capacity; i++)
        {
            if (_threads[i] is { } thread)
                _ = Descriptors.Close(thread.Doorbell);
        }

        for (int i = 1; i < _processes.Capacity; i++)
        {
            if (_processes[i] is { } process)
                CloseProcess(process);
        }

        _ = Descriptors.Close(_epoll);
        Frames.Dispose();
        _self.Free();
    }

    /// <summary>Gives every hot thread that made a system call its turn.</summary>
    private bool ServeHot()
    {
        bool served = false;
        for (int i = _hotCount - 1; i >= 0; i--)
        {
            // A served thread may take others, or itself, out of the hot ones.
            if (i < _hotCount && _hot[i].HasRequest)
            {
                Serve(_hot[i]);
                served = true;
            }
        }

        return served | AnswerReady();
    }

    private void Serve(HostedThread thread)
    {
        thread.TakeRequest();
        Cool(thread);
        if (thread.Tcb->IsRunnable)
            Enter(thread);
    }

    /// <summary>Lets the core handle a thread's system call, and answers it if that did not block.</summary>
    private void Enter(HostedThread thread)
    {
        Tcb* tcb = thread.Tcb;
        State->Current = tcb;
        Kernel<HostedMachine>.HandleSystemCall(State);
        State->Current = null;
        if (!tcb->IsRunnable || ThreadOf(tcb) != thread)
            return;
        if (thread.MustRepeat)
            HostedMachine.ThreadReady(State, tcb);
        else
            Answer(thread);
    }

    /// <summary>Answers those that became runnable, in the order in which they did. Those that come meanwhile are for the next time.</summary>
    private bool AnswerReady()
    {
        Tcb* last = State->ReadyQueues[0].Tail;
        if (last == null)
            return false;
        Tcb* tcb;
        do
        {
            tcb = State->ReadyQueues[0].Head;
            HostedMachine.ThreadStopped(State, tcb);
            AnswerReady(tcb);
        }
        while (tcb != last && State->ReadyQueues[0].Head != null);
        return true;
    }

    private void AnswerReady(Tcb* tcb)
    {
        HostedThread? thread = ThreadOf(tcb);
        if (tcb->State == ThreadState.Restart)
            Kernel<HostedMachine>.Activate(tcb);
        if (thread == null)
            _ = TryStart(tcb);
        else if (thread.IsInSystemCall && thread.MustRepeat)
            Enter(thread);
        else if (thread.IsInSystemCall)
            Answer(thread);
    }

    private void Answer(HostedThread thread)
    {
        Heat(thread);
        thread.Complete();
    }

    private void Heat(HostedThread thread)
    {
        if (thread.HotIndex >= 0)
            return;
        thread.HotIndex = _hotCount;
        _hot[_hotCount++] = thread;
    }

    private void Cool(HostedThread thread)
    {
        if (thread.HotIndex < 0)
            return;
        HostedThread last = _hot[--_hotCount];
        _hot[thread.HotIndex] = last;
        last.HotIndex = thread.HotIndex;
        thread.HotIndex = -1;
    }

    /// <summary>Asks all hot threads to ring from now on.</summary>
    /// <returns>False if one made a system call meanwhile.</returns>
    private bool PrepareToSleep()
    {
        for (int i = 0; i < _hotCount; i++)
            Volatile.Write(ref _hot[i].Page->Polled, 0);

        // Pairs with the fence in TaskThread.Trap: either this sees the request, or the thread sees that it must ring.
        Interlocked.MemoryBarrier();
        for (int i = _hotCount - 1; i >= 0; i--)
        {
            if (_hot[i].HasRequest)
                return false;
            Cool(_hot[i]);
        }

        return true;
    }

    /// <summary>Sleeps until a thread rings, a process ends, or the kernel is to stop.</summary>
    /// <returns>False if it is to stop.</returns>
    private bool Sleep()
    {
        Epoll.Event* events = stackalloc Epoll.Event[EventCapacity];
        int count = Epoll.Wait(_epoll, events, EventCapacity, _dying > 0 ? 0 : -1);
        for (int i = 0; i < count; i++)
        {
            (EventKind kind, int number) = Unpack(events[i].Data);
            switch (kind)
            {
                case EventKind.Doorbell when _threads[number] is { IsInSystemCall: false } thread:
                    Volatile.Write(ref thread.Page->Polled, 1);
                    Heat(thread);
                    break;
                case EventKind.ProcessEnd when _processes[number] is { IsDead: false } process:
                    process.IsDead = true;
                    _dying++;
                    break;
                case EventKind.Stop:
                    return false;
            }
        }

        if (_dying > 0)
            Bury();
        return true;
    }

    /// <summary>Clears away the processes that ended, a bounded piece at a time.</summary>
    private void Bury()
    {
        for (int i = 1; i < _processes.Capacity; i++)
        {
            if (_processes[i] is { IsDead: true } process && Bury(process))
            {
                RemoveProcess(process);
                return;
            }
        }
    }

    private bool Bury(HostedProcess process)
    {
        for (int i = 1; i < _threads.Capacity; i++)
        {
            if (_threads[i] is not { } thread || thread.Process != process)
                continue;
            Deletion<HostedMachine>.Bury(State, thread.Tcb);
            Capability node = thread.Tcb->CSpaceRoot.Cap;
            if (node.Type == CapType.CNode && !IsSharedWithLiving(node, process)
                && Deletion<HostedMachine>.Empty(State, node) != Outcome.Done)
                return false;
        }

        return true;
    }

    private bool IsSharedWithLiving(in Capability node, HostedProcess dead)
    {
        for (int i = 1; i < _threads.Capacity; i++)
        {
            if (_threads[i] is { } thread && thread.Process != dead && thread.Tcb->CSpaceRoot.Cap.IsSameObjectAs(node))
                return true;
        }

        return false;
    }

    /// <summary>Ends a process whose address space is gone, or takes note that it has ended.</summary>
    private void RemoveProcess(HostedProcess process)
    {
        for (int i = 1; i < _threads.Capacity; i++)
        {
            if (_threads[i] is { } thread && thread.Process == process)
                RemoveThread(thread.Tcb);
        }

        if (process.IsDead)
            _dying--;
        else if (process.PidDescriptor >= 0)
            PidDescriptor.Kill(process.PidDescriptor);
        CloseProcess(process);
        _processes.Remove(process.Number);
    }

    private void CloseProcess(HostedProcess process)
    {
        if (process.PidDescriptor >= 0)
        {
            Epoll.Remove(_epoll, process.PidDescriptor);
            _ = Descriptors.Close(process.PidDescriptor);
        }

        _ = Descriptors.Close(process.Socket);
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
        Cool(thread);
        Epoll.Remove(_epoll, thread.Doorbell);
        _ = Descriptors.Close(thread.Doorbell);
        _threads.Remove(thread.Number);
        tcb->MachineData = 0;
    }

    private static ulong Pack(EventKind kind, int number) => ((ulong)kind << 32) | (uint)number;

    private static (EventKind Kind, int Number) Unpack(ulong data) => ((EventKind)(data >> 32), (int)data);
}
