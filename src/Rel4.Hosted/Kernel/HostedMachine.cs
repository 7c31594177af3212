using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Hosted.Kernel;

/// <summary>Is the machine that the core runs on: every runnable thread is a Linux thread that Linux schedules.</summary>
/// <remarks>
/// "Runs" means that the thread's last system call is answered. Threads that become runnable line up in the first of the kernel's ready
/// queues; <see cref="KernelLoop"/> answers them after each entry into the core. Priorities are left to Linux.
/// </remarks>
internal unsafe struct HostedMachine : IKernelMachine
{
    public static void ThreadReady(KernelState* kernel, Tcb* thread)
    {
        if (thread == kernel->Current || thread->IsQueued)
            return;
        kernel->ReadyQueues[0].Append(thread);
        thread->IsQueued = true;
    }

    public static void ThreadWoken(KernelState* kernel, Tcb* thread) => ThreadReady(kernel, thread);

    public static void ThreadStopped(KernelState* kernel, Tcb* thread)
    {
        if (!thread->IsQueued)
            return;
        kernel->ReadyQueues[0].Remove(thread);
        thread->IsQueued = false;
    }

    public static void SetPriority(KernelState* kernel, Tcb* thread, int priority) => thread->Priority = priority;

    public static void Move(KernelState* kernel, Tcb* thread, KernelState* home)
    {
        // Linux chooses the processor: the kernel knows of one only.
    }

    public static void Stall(KernelState* kernel, Tcb* thread)
    {
        // A thread's registers are in its TCB.
    }

    public static void Yield(KernelState* kernel)
    {
    }

    public static bool CanSwitchTo(KernelState* kernel, Tcb* thread) => true;

    public static void SwitchTo(KernelState* kernel, Tcb* thread) => ThreadReady(kernel, thread);

    public static void Schedule(KernelState* kernel)
    {
    }

    public static bool TryReportFault(KernelState* kernel, Tcb* thread, in Fault fault) => KernelLoop.Of(kernel).TryReportFault(thread, fault);

    public static bool TryReportAbandonment(KernelState* kernel, Tcb* caller) => KernelLoop.Of(kernel).TryReportAbandonment(caller);

    public static void SaveRegisters(KernelState* kernel, Tcb* caller)
    {
    }

    public static void LoadRegisters(KernelState* kernel, Tcb* caller)
    {
    }

    public static bool TryDebug(KernelState* kernel, Tcb* caller) => false;

    public static bool PreemptionPending(KernelState* kernel) => KernelLoop.Of(kernel).CountWork();

    public static void ClearMemory(KernelState* kernel, byte* start, ulong length) => KernelLoop.Of(kernel).Frames.Clear(start, length);

    public static bool TryGetSize(ObjectType type, out int sizeBits, out bool fitsDevice) =>
        PlainObjects.TryGetSize(type, out sizeBits, out fitsDevice);

    public static Capability Make(KernelState* kernel, ObjectType type, byte* memory, int sizeBits, bool isDevice) =>
        PlainObjects.Make(type, memory, sizeBits, isDevice);

    public static void InitialiseThread(KernelState* kernel, Tcb* thread)
    {
    }

    public static bool TryOpenBatch(KernelState* kernel, Tcb* thread, out ulong bell)
    {
        bell = 0;
        return false;
    }

    /// <remarks>An address space is a process, which Linux gives its identifier, and no capability remembers who has mapped the frame.</remarks>
    public static bool TryDerive(ref Capability capability) => true;

    public static void Finalise(KernelState* kernel, in Capability capability, Finality finality)
    {
        if (finality == Finality.Last)
            KernelLoop.Of(kernel).Population.ObjectDies(capability);
    }

    public static Result Invoke(KernelState* kernel, in Invocation invocation) => MachineInvocations.Invoke(KernelLoop.Of(kernel), kernel, invocation);

    public static bool TryOpenReceiver(KernelState* kernel, Tcb* receiver, in Interruption interruption) => Controller(kernel).TryOpen(receiver);

    public static void CloseReceiver(KernelState* kernel, Tcb* receiver) => Controller(kernel).Close(receiver);

    public static Sender* TryOpenSender(KernelState* kernel, Tcb* thread, Slot* slot, uint generation) =>
        Controller(kernel).TryOpenSender(thread, slot, generation);

    /// <remarks>The sender's page says that it is closed, so its index may be another's.</remarks>
    public static void CloseSender(KernelState* kernel, Sender* sender) => Controller(kernel).CloseSender(sender);

    public static void ReleaseSender(KernelState* kernel, Sender* sender) => Controller(kernel).CloseSender(sender);

    public static Sender* FindSender(KernelState* kernel, Tcb* thread, int index) => SenderPool.Find(kernel->Shared, thread, index);

    public static Sender* FindAnySender(KernelState* kernel, Tcb* thread) => SenderPool.FindAny(kernel->Shared, thread);

    public static SenderPlace PlaceOf(KernelState* kernel, Sender* sender) => SenderPool.PlaceOf(kernel->Shared, sender);

    public static void Post(KernelState* kernel, Tcb* receiver, ulong bits) => Controller(kernel).Find(receiver).Post(bits);

    public static ulong TakePending(KernelState* kernel, Tcb* receiver) => Controller(kernel).Find(receiver).TakePending();

    public static void SetWaitsInKernel(KernelState* kernel, Tcb* receiver, bool waits) => Controller(kernel).Find(receiver).SetWaitsInKernel(waits);

    private static UserInterruptController Controller(KernelState* kernel) => KernelLoop.Of(kernel).UserInterrupts;
}
