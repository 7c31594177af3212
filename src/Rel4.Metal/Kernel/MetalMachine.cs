using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>A PC: threads run in ring 3, in address spaces of their own.</summary>
/// <remarks>There is one of it, so what it keeps is in static fields, but for what belongs to a processor (<see cref="ProcessorArea"/>). Its user-interrupt controller is the processor, or <see cref="UserInterruptEmulation"/>.</remarks>
internal unsafe struct MetalMachine : IKernelMachine
{
    /// <summary>Work between two looks at the interrupt controllers: capabilities deleted, threads made ready, KiB cleared.</summary>
    private const uint WorkBetweenLooks = 64;

    private static uint s_work;

    public static void ThreadReady(KernelState* kernel, Tcb* thread)
    {
        // The end of an endpoint makes all its waiters ready.
        s_work++;
        PriorityScheduler.ThreadReady(kernel, thread);
        if (thread->Home != kernel)
            Remote.Tell(thread);
    }

    public static void ThreadWoken(KernelState* kernel, Tcb* thread)
    {
        if (!PriorityScheduler.TryHandOff(kernel, thread))
            ThreadReady(kernel, thread);
    }

    public static void ThreadStopped(KernelState* kernel, Tcb* thread) => PriorityScheduler.ThreadStopped(kernel, thread);

    public static void SetPriority(KernelState* kernel, Tcb* thread, int priority)
    {
        PriorityScheduler.SetPriority(kernel, thread, priority);
        if (thread->Home != kernel && thread->IsRunnable)
            Remote.Tell(thread);
    }

    public static void Move(KernelState* kernel, Tcb* thread, KernelState* home)
    {
        PriorityScheduler.Move(kernel, thread, home);
        if (home != kernel && thread->IsRunnable)
            Remote.Tell(thread);
    }

    public static void Stall(KernelState* kernel, Tcb* thread) => Remote.Stall(kernel, thread);

    public static void Yield(KernelState* kernel) => PriorityScheduler.Yield(kernel);

    public static bool CanSwitchTo(KernelState* kernel, Tcb* thread) => PriorityScheduler.CanSwitchTo(kernel, thread);

    public static void SwitchTo(KernelState* kernel, Tcb* thread) => PriorityScheduler.SwitchTo(kernel, thread);

    public static void Schedule(KernelState* kernel) => PriorityScheduler.Schedule(kernel);

    /// <remarks>Without the root task nobody would learn of anything any more.</remarks>
    public static bool TryReportFault(KernelState* kernel, Tcb* thread, in Fault fault)
    {
        if (thread == kernel->Shared->RootThread)
            Panic.RootFault(thread, fault);
        return false;
    }

    public static bool TryReportAbandonment(KernelState* kernel, Tcb* caller) => false;

    public static void SaveRegisters(KernelState* kernel, Tcb* caller) => ProcessorState.SaveBases(caller);

    public static void LoadRegisters(KernelState* kernel, Tcb* caller) => ProcessorState.LoadBases(&caller->Context.FsBase);

    public static bool TryDebug(KernelState* kernel, Tcb* caller) => DebugCalls.TryHandle(kernel, caller);

    public static bool PreemptionPending(KernelState* kernel)
    {
        if (++s_work < WorkBetweenLooks)
            return false;
        s_work = 0;
        return LocalApic.IsPending() || InterruptController.IsPending() || KernelLock.IsAwaited;
    }

    public static void ClearMemory(KernelState* kernel, byte* start, ulong length)
    {
        s_work += (uint)(length >> 10);
        Instructions.Clear(start, length);
    }

    public static bool TryGetSize(ObjectType type, out int sizeBits, out bool fitsDevice)
    {
        if (TableInvocations.TypeOf(type) == CapType.Null)
            return PlainObjects.TryGetSize(type, out sizeBits, out fitsDevice) && (type != ObjectType.HugePage || Features.HasHugePages);
        sizeBits = Limits.PageBits;
        fitsDevice = false;
        return true;
    }

    public static Capability Make(KernelState* kernel, ObjectType type, byte* memory, int sizeBits, bool isDevice)
    {
        CapType table = TableInvocations.TypeOf(type);
        if (table != CapType.Null)
            return Capability.OfMachine(table, memory, sizeBits);
        if (type == ObjectType.Pml4)
            AddressSpaces.Initialise((ulong*)memory);
        return PlainObjects.Make(type, memory, sizeBits, isDevice);
    }

    public static void InitialiseThread(KernelState* kernel, Tcb* thread)
    {
        FloatingPoint.Initialise(thread);
        InterruptContext.Of(thread)->Initialise();
    }

    public static bool TryOpenBatch(KernelState* kernel, Tcb* thread, out ulong bell)
    {
        bell = BatchBell.Open(thread);
        return true;
    }

    public static bool TryDerive(ref Capability capability)
    {
        switch (capability.Type)
        {
            case CapType.Frame:
                // A copy is mapped nowhere.
                capability.Word1 = 0;
                return true;
            case CapType.PageTable or CapType.PageDirectory or CapType.Pdpt:
                // Two capabilities to a table agree on where it is mapped, for ever.
                return !Mapping.Of(capability).IsNone;
            case CapType.VSpace:
                // As with tables: the root of an address space is in use once it has its identifier.
                return AddressSpaces.AsidOf(capability) != 0;
            case CapType.IrqControl or CapType.IOPortControl:
                return false;
            default:
                return true;
        }
    }

    public static void Finalise(KernelState* kernel, in Capability capability, Finality finality)
    {
        // Every capability to a frame has a mapping of its own.
        if (capability.Type == CapType.Frame)
            PageTables.Unmap(Mapping.Of(capability), FrameInvocations.LevelOf(capability), capability.Address);

        // It may be a running thread's: that one is to have another space or none, and can't be asked whose slot this is.
        if (capability.Type == CapType.VSpace)
            Remote.LeaveSpace(capability.Root());
        if (finality != Finality.Last)
            return;
        switch (capability.Type)
        {
            case CapType.Thread:
                UserInterruptController.Forget(capability.Thread);
                BatchBell.Forget(capability.Thread);
                break;
            case CapType.VSpace:
                AddressSpaces.Remove(capability.Root());
                break;
            case CapType.PageTable or CapType.PageDirectory or CapType.Pdpt:
                PageTables.Unmap(Mapping.Of(capability), TableInvocations.LevelOf(capability.Type), capability.Address);
                break;
            case CapType.AsidPool:
                AddressSpaces.SetPool((uint)capability.Word1, null);
                break;
            case CapType.IrqHandler:
                InterruptLines.Release(kernel, capability.Line());
                break;
            case CapType.IOPort:
                PortRange.Release(capability.Ports());
                break;
        }
    }

    public static Result Invoke(KernelState* kernel, in Invocation invocation) => MachineInvocations.Invoke(kernel, invocation);

    public static bool TryOpenReceiver(KernelState* kernel, Tcb* receiver, in Interruption interruption)
    {
        UserInterruptController.OpenReceiver(receiver, interruption);
        return true;
    }

    public static void CloseReceiver(KernelState* kernel, Tcb* receiver) => UserInterruptController.CloseReceiver(receiver);

    public static Sender* TryOpenSender(KernelState* kernel, Tcb* thread, Slot* slot, uint generation) => UserInterruptController.TryOpenSender(kernel, thread, slot);

    public static void CloseSender(KernelState* kernel, Sender* sender) => UserInterruptController.CloseSender(kernel, sender);

    public static void ReleaseSender(KernelState* kernel, Sender* sender) => UserInterruptController.ReleaseSender(sender);

    public static Sender* FindSender(KernelState* kernel, Tcb* thread, int index) => UserInterruptController.FindSender(thread, index);

    public static Sender* FindAnySender(KernelState* kernel, Tcb* thread) => UserInterruptController.FindAnySender(thread);

    public static SenderPlace PlaceOf(KernelState* kernel, Sender* sender) => UserInterruptController.PlaceOf(sender);

    public static void Post(KernelState* kernel, Tcb* receiver, ulong bits) => UserInterruptController.Post(receiver, bits);

    public static ulong TakePending(KernelState* kernel, Tcb* receiver) => UserInterruptController.TakePending(receiver);

    public static void SetWaitsInKernel(KernelState* kernel, Tcb* receiver, bool waits) => UserInterruptController.SetWaitsInKernel(receiver, waits);
}
