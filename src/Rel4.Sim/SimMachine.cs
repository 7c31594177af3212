using System.Runtime.InteropServices;
using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Sim;

/// <summary>Is a machine with one processor, plain memory and a user-interrupt controller in software. Nothing happens by itself.</summary>
internal unsafe struct SimMachine : IKernelMachine
{
    public static void ThreadReady(KernelState* kernel, Tcb* thread) => PriorityScheduler.ThreadReady(kernel, thread);

    public static void ThreadWoken(KernelState* kernel, Tcb* thread) => PriorityScheduler.ThreadWoken(kernel, thread);

    public static void ThreadStopped(KernelState* kernel, Tcb* thread) => PriorityScheduler.ThreadStopped(kernel, thread);

    public static void SetPriority(KernelState* kernel, Tcb* thread, int priority) => PriorityScheduler.SetPriority(kernel, thread, priority);

    public static void Move(KernelState* kernel, Tcb* thread, KernelState* home) => PriorityScheduler.Move(kernel, thread, home);

    public static void Stall(KernelState* kernel, Tcb* thread)
    {
        // A thread's registers are always in its TCB.
    }

    public static void Yield(KernelState* kernel) => PriorityScheduler.Yield(kernel);

    public static bool CanSwitchTo(KernelState* kernel, Tcb* thread) => PriorityScheduler.CanSwitchTo(kernel, thread);

    public static void SwitchTo(KernelState* kernel, Tcb* thread)
    {
        Data(kernel)->Handovers++;
        PriorityScheduler.SwitchTo(kernel, thread);
    }

    public static void Schedule(KernelState* kernel) => PriorityScheduler.Schedule(kernel);

    public static bool TryReportFault(KernelState* kernel, Tcb* thread, in Fault fault)
    {
        if (!Data(kernel)->ReportsToThreads)
            return false;
        thread->Fault = fault;
        uint words = FaultMessage.Write(thread, thread, Message.Buffer(thread, CapRights.ReadWrite));
        thread->Fault = default;
        Message.SetResult(thread, 0, new MessageInfo((ulong)fault.Type, 0, 0, words));
        *SimReport.Of(thread) = TrapStatus.Faulted;
        return true;
    }

    public static bool TryReportAbandonment(KernelState* kernel, Tcb* caller)
    {
        if (!Data(kernel)->ReportsToThreads)
            return false;
        Message.SetResult(caller, 0, default);
        *SimReport.Of(caller) = TrapStatus.Abandoned;
        return true;
    }

    public static void SaveRegisters(KernelState* kernel, Tcb* caller)
    {
    }

    public static void LoadRegisters(KernelState* kernel, Tcb* caller)
    {
    }

    public static bool TryDebug(KernelState* kernel, Tcb* caller) => false;

    public static bool PreemptionPending(KernelState* kernel)
    {
        SimData* data = Data(kernel);
        data->PreemptionPoints++;
        return data->PreemptAfter != 0 && --data->PreemptAfter == 0;
    }

    public static void ClearMemory(KernelState* kernel, byte* start, ulong length) => NativeMemory.Clear(start, (nuint)length);

    public static bool TryGetSize(ObjectType type, out int sizeBits, out bool fitsDevice) =>
        PlainObjects.TryGetSize(type, out sizeBits, out fitsDevice);

    public static Capability Make(KernelState* kernel, ObjectType type, byte* memory, int sizeBits, bool isDevice) =>
        PlainObjects.Make(type, memory, sizeBits, isDevice);

    public static void InitialiseThread(KernelState* kernel, Tcb* thread)
    {
    }

    public static bool TryOpenBatch(KernelState* kernel, Tcb* thread, out ulong bell)
    {
        bell = ulong.MaxValue;
        return true;
    }

    /// <remarks>Every address space has its identifier from the start, unless <see cref="SimKernel.SetAssigned"/> takes it away.</remarks>
    public static bool TryDerive(ref Capability capability) => capability.Type != CapType.VSpace || *(ulong*)capability.Address == 0;

    public static void Finalise(KernelState* kernel, in Capability capability, Finality finality)
    {
    }

    public static Result Invoke(KernelState* kernel, in Invocation invocation) => Refusal.Of(SeL4Error.IllegalOperation);

    public static bool TryOpenReceiver(KernelState* kernel, Tcb* receiver, in Interruption interruption)
    {
        *SimReceiver.Of(receiver) = new SimReceiver { Interruption = interruption };
        Data(kernel)->LastReceiver = receiver;
        return true;
    }

    public static void CloseReceiver(KernelState* kernel, Tcb* receiver) => *Find(receiver) = default;

    public static Sender* TryOpenSender(KernelState* kernel, Tcb* thread, Slot* slot, uint generation) => SenderPool.TryTake(kernel->Shared, thread, slot);

    public static void CloseSender(KernelState* kernel, Sender* sender) => SenderPool.Release(kernel->Shared, sender);

    public static void ReleaseSender(KernelState* kernel, Sender* sender) => SenderPool.Release(kernel->Shared, sender);

    public static Sender* FindSender(KernelState* kernel, Tcb* thread, int index) => SenderPool.Find(kernel->Shared, thread, index);

    public static Sender* FindAnySender(KernelState* kernel, Tcb* thread) => SenderPool.FindAny(kernel->Shared, thread);

    public static SenderPlace PlaceOf(KernelState* kernel, Sender* sender) => SenderPool.PlaceOf(kernel->Shared, sender);

    public static void Post(KernelState* kernel, Tcb* receiver, ulong bits) => Find(receiver)->Pending |= bits;

    public static ulong TakePending(KernelState* kernel, Tcb* receiver)
    {
        SimReceiver* found = Find(receiver);
        ulong bits = found->Pending;
        found->Pending = 0;
        return bits;
    }

    public static void SetWaitsInKernel(KernelState* kernel, Tcb* receiver, bool waits) => Find(receiver)->WaitsInKernel = waits;

    /// <summary>Makes sure that the core names a thread that receives.</summary>
    private static SimReceiver* Find(Tcb* receiver) =>
        receiver != null && receiver->ReceivedNotification != null
            ? SimReceiver.Of(receiver) : throw new InvalidOperationException("the core names a thread to the machine that receives nothing");

    private static SimData* Data(KernelState* kernel) => (SimData*)kernel->MachineData;
}

/// <summary>Holds what the machine keeps beside the kernel's own state.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SimData
{
    /// <summary>Preemption points passed since boot.</summary>
    public ulong PreemptionPoints;

    /// <summary>Threads that were made the current one without a look at the others, since boot: only the fast path does that.</summary>
    public ulong Handovers;

    /// <summary>Says at which of the coming preemption points to preempt; 0 for never.</summary>
    public ulong PreemptAfter;

    /// <summary>Whether threads learn of their faults and of replies that can't come, as where each is a process: otherwise they stop, as in seL4.</summary>
    public bool ReportsToThreads;

    /// <summary>The thread that became a receiver last.</summary>
    public Tcb* LastReceiver;
}

/// <summary>Finds what a thread is told of how its system call came back, in its TCB behind what the machine keeps of a receiver.</summary>
internal static unsafe class SimReport
{
    private const int Offset = 1536;

    /// <summary>Finds that of a thread; the thread itself sets it back.</summary>
    public static TrapStatus* Of(Tcb* thread) => (TrapStatus*)((byte*)thread + Offset);
}

/// <summary>Holds what the machine keeps of a receiver, in its TCB behind what the core keeps there.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SimReceiver
{
    private const int Offset = 1024;

    /// <summary>The bits that nobody has taken.</summary>
    public ulong Pending;

    /// <summary>Whether its thread waits in the kernel.</summary>
    public bool WaitsInKernel;

    /// <summary>How its code would be interrupted.</summary>
    public Interruption Interruption;

    /// <summary>Finds that of a thread.</summary>
    public static SimReceiver* Of(Tcb* thread) => (SimReceiver*)((byte*)thread + Offset);
}
