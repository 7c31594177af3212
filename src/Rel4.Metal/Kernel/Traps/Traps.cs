using System.Runtime;
using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>The entries of <c>Boot/entry.asm</c> into C#. Each entry returns the context of the thread to go on with; null to wait for an interrupt.</summary>
internal static unsafe class Traps
{
    private const ulong InvalidOpcode = 6;
    private const ulong PageFault = 14;
    private const ulong ExceptionCount = 32;

    // A page fault's error code (Intel SDM vol. 3A, 4.7), as a fetch from a user page that is not there has it.
    private const ulong InstructionFetch = 1 << 4;
    private const ulong FromUser = 1 << 2;

    /// <summary>Takes note of the kernel that handles all entries.</summary>
    public static UserContext* Start(KernelState* kernel)
    {
        for (uint i = 0; i < kernel->Shared->ProcessorCount; i++)
            ProcessorState.Attach(ProcessorState.Of(i), &kernel[i]);
        Guard.Start(kernel);
        return ProcessorState.Leave(kernel);
    }

    [RuntimeExport("metal_system_call")]
    private static UserContext* SystemCall(KernelState* kernel)
    {
        Guard.CheckProcessor(kernel);
        Guard.Enter(kernel);
        Kernel<MetalMachine>.HandleSystemCall(kernel);
        Guard.Leave();
        return ProcessorState.Leave(kernel);
    }

    /// <summary>Handles an exception of the current thread, or an interrupt that came while it ran.</summary>
    [RuntimeExport("metal_trap")]
    private static UserContext* Trap(KernelState* kernel, ulong vector, ulong code, ulong address)
    {
        Guard.CheckProcessor(kernel);
        EntryCounts* entries = ThreadEntries.Of(kernel->Current);
        if (vector < ExceptionCount)
            entries->Exceptions++;
        else if (vector == LocalApic.TimerVector)
            entries->Ticks++;
        else
            entries->Interrupts++;
        if (vector >= ExceptionCount)
            HandleInterruptOf(kernel, (uint)vector);
        else if (vector == PageFault)
            Kernel<MetalMachine>.HandleFault(kernel, Fault.Memory(address, (code & InstructionFetch) != 0 ? 1UL : 0, code));
        else if (vector == InvalidOpcode && !Features.HasUserInterrupts)
            ExecuteForUser(kernel);
        else
            Kernel<MetalMachine>.HandleFault(kernel, Fault.UserException(vector, code));
        return ProcessorState.Leave(kernel);
    }

    /// <summary>Handles an interrupt that came while no thread ran. An exception in the kernel itself ends the machine.</summary>
    [RuntimeExport("metal_kernel_trap")]
    private static UserContext* KernelTrap(KernelState* kernel, ulong vector, ulong code, ulong address, ulong instruction)
    {
        if (vector < ExceptionCount)
            Panic.Exception(vector, code, address, instruction);
        HandleInterrupt(kernel, (uint)vector);
        return ProcessorState.Leave(kernel);
    }

    /// <summary>Handles the current thread's attempt to go on outside of the addresses that are its.</summary>
    [RuntimeExport("metal_outside")]
    private static UserContext* Outside(KernelState* kernel)
    {
        ulong address = kernel->Current->Context.Rip;
        kernel->Current->FaultIP = address;
        Kernel<MetalMachine>.HandleFault(kernel, Fault.Memory(address, 1, InstructionFetch | FromUser));
        return ProcessorState.Leave(kernel);
    }

    /// <summary>Goes on where another processor took this one's thread away: what it entered for does not begin (<see cref="Remote"/>).</summary>
    [RuntimeExport("metal_stalled")]
    private static UserContext* Stalled(KernelState* kernel)
    {
        Kernel<MetalMachine>.HandleReschedule(kernel);
        return ProcessorState.Leave(kernel);
    }

    /// <summary>Lets go of thread and address space, as another processor asks.</summary>
    [RuntimeExport("metal_let_go")]
    private static void LetGo()
    {
        ProcessorState.LetGo();
        ProcessorState.Own->IsAsked = false;
    }

    /// <summary>Lets go of them before the processor halts, where nobody could ask for it.</summary>
    [RuntimeExport("metal_idle")]
    private static void Idle() => ProcessorState.LetGo();

    /// <summary>Changes the segment bases, where user code can't set them by itself.</summary>
    [RuntimeExport("metal_change_bases")]
    private static void ChangeBases(ulong* next, ulong* last) => ProcessorState.ChangeBases(next, last);

    private static void ExecuteForUser(KernelState* kernel)
    {
        if (!UserInterruptEmulation.TryExecute(kernel->Current, out Fault fault))
            Kernel<MetalMachine>.HandleFault(kernel, fault);
    }

    // The current thread, which is interrupted, may have said that there is something in its batch.
    private static void HandleInterruptOf(KernelState* kernel, uint vector)
    {
        if (vector == LocalApic.BatchVector || BatchBell.IsRung)
            BatchBell.ServeCurrent(kernel);
        HandleInterrupt(kernel, vector);
    }

    private static void HandleInterrupt(KernelState* kernel, uint vector)
    {
        if (vector == LocalApic.TimerVector)
        {
            LocalApic.EndInterrupt();
            Kernel<MetalMachine>.HandleTick(kernel);
        }
        else if (vector is LocalApic.UserVector or LocalApic.WakeUpVector)
        {
            LocalApic.EndInterrupt();
            if (vector == LocalApic.WakeUpVector)
                UserInterruptController.WakeWaiters(kernel);
        }
        else if (vector == LocalApic.BatchVector)
        {
            // Who is idle looks before it halts.
            LocalApic.EndInterrupt();
        }
        else if (vector == LocalApic.RescheduleVector)
        {
            LocalApic.EndInterrupt();
            ProcessorState.Own->TakeReschedule();
            UserInterruptController.WakeMoreWaiters(kernel);
            Kernel<MetalMachine>.HandleReschedule(kernel);
        }
        else if (vector - InterruptController.FirstVector < InterruptLines.Count)
        {
            InterruptLines.Handle(kernel, vector - InterruptController.FirstVector);
        }
    }
}
