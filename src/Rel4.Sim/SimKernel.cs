using System.Runtime.InteropServices;
using Rel4.Abi;
using Rel4.Kernel;
using ThreadState = Rel4.Kernel.ThreadState;

namespace Rel4.Sim;

/// <summary>Sets the sizes of a simulated machine.</summary>
/// <param name="MemoryBits">Log2 of the bytes of memory.</param>
/// <param name="RootCNodeBits">Log2 of the slots of the root task's CNode.</param>
/// <param name="Senders">U-notification senders at most.</param>
/// <param name="HasFastPath">Whether system calls may take the kernel's fast path.</param>
/// <param name="ReportsToThreads">Whether threads learn of their faults and of replies that can't come.</param>
internal sealed record SimOptions(
    int MemoryBits = 22, int RootCNodeBits = 8, ushort Senders = 256, bool HasFastPath = true, bool ReportsToThreads = false);

/// <summary>Is a kernel on the Sim machine: the caller says whose turn it is and what that thread does.</summary>
/// <remarks>
/// Not for more than one thread at a time. The memory is aligned to its size, so that objects lie at the same offsets in every run.
/// </remarks>
internal sealed unsafe class SimKernel : IDisposable
{
    /// <summary>Bytes of the instruction that traps: the <c>syscall</c> of x86-64.</summary>
    public const int TrapLength = 2;

    private readonly void* _allocation;
    private readonly SimData* _data;
    private readonly bool _hasFastPath;
    private bool _disposed;

    public SimKernel(SimOptions? options = null)
    {
        options ??= new SimOptions();
        _hasFastPath = options.HasFastPath;
        nuint size = (nuint)1 << options.MemoryBits;
        _allocation = NativeMemory.AllocZeroed(2 * size);
        byte* region = (byte*)(((nuint)_allocation + size - 1) & ~(size - 1));
        State = Boot.Start(region, size, new BootParameters
        {
            RootCNodeBits = options.RootCNodeBits,
            Senders = options.Senders,
        });
        if (State == null)
        {
            NativeMemory.Free(_allocation);
            throw new ArgumentException($"2^{options.MemoryBits} bytes hold no kernel with a root CNode of 2^{options.RootCNodeBits} slots", nameof(options));
        }

        var root = State->Shared->RootThread->CSpaceRoot.Cap;
        RootCNode = root.Slots;
        RootCNodeSlots = 1 << root.Bits;
        _data = (SimData*)NativeMemory.AllocZeroed((nuint)sizeof(SimData));
        _data->ReportsToThreads = options.ReportsToThreads;
        State->MachineData = _data;
        Subject = new SimSubject(this);
    }

    /// <summary>Gets the kernel.</summary>
    public KernelState* State { get; }

    /// <summary>Gets the root task's thread.</summary>
    public Tcb* RootThread => State->Shared->RootThread;

    /// <summary>Gets the first slot of the root task's CNode, even when no capability to it is left.</summary>
    public Slot* RootCNode { get; }

    /// <summary>Gets the number of its slots.</summary>
    public int RootCNodeSlots { get; }

    /// <summary>Gets what the checks of invariants look at.</summary>
    public SurveySubject Subject { get; }

    /// <summary>Gets the thread that became a receiver of user interrupts last.</summary>
    public Tcb* LastReceiver => _data->LastReceiver;

    /// <summary>Gets how many preemption points were passed since boot.</summary>
    public ulong PreemptionPoints => _data->PreemptionPoints;

    /// <summary>Gets how many system calls went by the fast path since boot.</summary>
    public ulong FastCalls => _data->Handovers;

    /// <summary>Gets the address of an object as an offset into the machine's memory.</summary>
    public ulong OffsetOf(void* address) => (ulong)((byte*)address - State->Shared->Region);

    /// <summary>Tells whether posts to a receiver enter the kernel, because its thread waits there.</summary>
    public static bool WaitsInKernel(Tcb* receiver) => SimReceiver.Of(receiver)->WaitsInKernel;

    /// <summary>Makes it a thread's turn, whatever the priorities.</summary>
    public void Dispatch(Tcb* thread)
    {
        if (!thread->IsRunnable)
            throw new InvalidOperationException($"the thread is {thread->State}, so it can't do anything");
        PriorityScheduler.Dispatch(State, thread);
        if (thread->State == ThreadState.Restart)
            Kernel<SimMachine>.Activate(thread);
    }

    /// <summary>Lets a thread make the system call that its registers describe.</summary>
    public void Trap(Tcb* thread)
    {
        Dispatch(thread);
        thread->FaultIP = thread->Context.Rip;
        thread->Context.Rip += TrapLength;
        if (_hasFastPath)
            Kernel<SimMachine>.HandleSystemCall(State);
        else
            Kernel<SimMachine>.HandleWithoutFastPath(State);
    }

    /// <summary>Lets a thread make a system call with the message words that are in its registers and IPC buffer.</summary>
    public void Trap(Tcb* thread, Syscall number, ulong capability, MessageInfo info)
    {
        thread->Context.Rdx = (ulong)number;
        thread->Context.Rdi = capability;
        thread->Context.Rsi = info.Raw;
        Trap(thread);
    }

    /// <summary>Lets a thread fault at its present instruction.</summary>
    public void RaiseFault(Tcb* thread, in Fault fault)
    {
        Dispatch(thread);
        thread->FaultIP = thread->Context.Rip;
        Kernel<SimMachine>.HandleFault(State, fault);
    }

    /// <summary>Lets the timer tick.</summary>
    public void Tick() => Kernel<SimMachine>.HandleTick(State);

    /// <summary>Preempts the operation that passes the n-th preemption point from now on; 0 for none.</summary>
    public void PreemptAt(ulong n) => _data->PreemptAfter = n;

    /// <summary>Takes an address space's identifier away, as the end of its pool does, or gives it one.</summary>
    public static void SetAssigned(void* space, bool isAssigned) => *(ulong*)space = isAssigned ? 0UL : 1;

    /// <summary>Lets a thread post to a U-notification from user mode.</summary>
    /// <returns>False if the handle is not, or no longer, one of the thread's.</returns>
    public bool Post(Tcb* thread, SenderHandle handle)
    {
        Sender* sender = UserInterrupts<SimMachine>.FindSender(State, thread, handle);
        if (sender == null)
            return false;
        PooledSender* entry = SenderPool.Of(State->Shared, sender);
        SimReceiver* receiver = SimReceiver.Of(entry->Receiver);
        receiver->Pending |= 1UL << entry->Vector;
        if (receiver->WaitsInKernel)
            Kernel<SimMachine>.HandleUserInterrupt(State, entry->Receiver);
        return true;
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        NativeMemory.Free(_data);
        NativeMemory.Free(_allocation);
    }

    private sealed class SimSubject(SimKernel kernel) : SurveySubject(kernel.State, kernel.RootCNode, kernel.RootCNodeSlots)
    {
        public override ReadyRule ReadyRule => ReadyRule.AllButCurrent;

        public override bool WaitsInKernel(Tcb* receiver) => SimKernel.WaitsInKernel(receiver);

        public override ulong PendingOf(Tcb* receiver) => SimReceiver.Of(receiver)->Pending;
    }
}
