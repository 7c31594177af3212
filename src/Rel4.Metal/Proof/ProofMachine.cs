using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Proof;

/// <summary>Is the machine that the proof runs the core on: one processor, all memory mapped, threads that the proof scripts.</summary>
/// <remarks>It has no user mode: no address spaces to manage, no interrupts, no user-interrupt controller.</remarks>
internal unsafe struct ProofMachine : IKernelMachine
{
    public static void ThreadReady(KernelState* kernel, Tcb* thread) => PriorityScheduler.ThreadReady(kernel, thread);

    public static void ThreadWoken(KernelState* kernel, Tcb* thread) => PriorityScheduler.ThreadWoken(kernel, thread);

    public static void ThreadStopped(KernelState* kernel, Tcb* thread) => PriorityScheduler.ThreadStopped(kernel, thread);

    public static void SetPriority(KernelState* kernel, Tcb* thread, int priority) => PriorityScheduler.SetPriority(kernel, thread, priority);

    public static void Yield(KernelState* kernel) => PriorityScheduler.Yield(kernel);

    public static bool CanSwitchTo(KernelState* kernel, Tcb* thread) => PriorityScheduler.CanSwitchTo(kernel, thread);

    public static void SwitchTo(KernelState* kernel, Tcb* thread) => PriorityScheduler.SwitchTo(kernel, thread);

    public static void Schedule(KernelState* kernel) => PriorityScheduler.Schedule(kernel);

    public static bool TryReportFault(KernelState* kernel, Tcb* thread, in Fault fault) => false;

    public static bool TryReportAbandonment(KernelState* kernel, Tcb* caller) => false;

    public static void SaveRegisters(KernelState* kernel, Tcb* caller)
    {
    }

    public static void LoadRegisters(KernelState* kernel, Tcb* caller)
    {
    }

    public static bool TryDebug(KernelState* kernel, Tcb* caller) => false;

    public static bool PreemptionPending(KernelState* kernel) => false;

    public static void ClearMemory(KernelState* kernel, byte* start, ulong length) => new Span<byte>(start, (int)length).Clear();

    public static bool Supports(ObjectType type) => type is ObjectType.Untyped or ObjectType.Tcb or ObjectType.Endpoint or ObjectType.Notification;

    public static bool IsAssigned(KernelState* kernel, in Capability space) => true;

    public static void Initialise(KernelState* kernel, in Capability capability)
    {
        // Threads need nothing beside their TCB.
    }

    public static void Finalise(KernelState* kernel, in Capability capability, Finality finality)
    {
        // Frames and address spaces are mapped nowhere, and a thread has nothing outside its TCB.
    }

    public static Outcome Invoke(KernelState* kernel, in Invocation invocation) => kernel->Fail(SeL4Error.IllegalOperation);

    public static bool OpenReceiver(KernelState* kernel, Receiver* receiver) => false;

    public static void CloseReceiver(KernelState* kernel, Receiver* receiver)
    {
        // None was opened.
    }

    public static bool OpenSender(KernelState* kernel, Sender* sender) => false;

    public static void CloseSender(KernelState* kernel, Sender* sender)
    {
        // None was opened.
    }

    public static void Post(KernelState* kernel, Receiver* receiver, ulong bits)
    {
        // None was opened.
    }

    public static ulong TakePending(KernelState* kernel, Receiver* receiver) => 0;

    public static void SetWaitsInKernel(KernelState* kernel, Receiver* receiver, bool waits)
    {
        // None was opened.
    }
}
