using Rel4.Kernel;
using ThreadState = Rel4.Kernel.ThreadState;

namespace Rel4.Metal.Kernel;

/// <summary>Reaches the other processors, for the one that is in the kernel.</summary>
/// <remarks>
/// One processor at a time has the lock, and with it all that the kernel knows. The others run threads, or wait: for the lock, or halted for an interrupt. What one that does not have the
/// lock touches of what all share is the TCB of the thread that it runs, into which it saves the registers <em>before</em> it has the lock, and the page tables of the address space that is loaded.
/// So before whoever has the lock reads or changes the one, or lets the memory of either become something else, it has that processor <em>let go</em> (<see cref="LetGo"/>):
/// <list type="number">
/// <item>It sets the request, and sends an interrupt.</item>
/// <item>The other one leaves ring 3, for that interrupt or whatever came first, saves the registers, queues up for the lock and finds the request there. Or it was there already.</item>
/// <item>It saves the bases, loads the kernel's own address space, refers to the thread no more, and takes the request back. It goes on waiting.</item>
/// </list>
/// The wait for that is short, since nobody waits for a lock on the way there: the only one that there is can be waited for with the request in view. Whoever has the lock is asked for nothing.
/// <para>
/// What the other one entered the kernel for has not begun. If the thread itself is read or changed (<see cref="Stall"/>), it does not begin: that processor has no current thread then, and only decides
/// anew who runs; and the thread is ready, and repeats the instruction when its turn comes. So a system call of a thread that is suspended or deleted meanwhile never happens, and its registers are those of
/// before it. (A breakpoint or single step is over when it is reported, and would not be repeated: one that is met at that very moment is reported to nobody.)
/// </para>
/// <para>
/// A processor that is idle has let go when it became that, since nobody would answer there. The model is <c>spec/protocols/remote.pml</c>.
/// </para>
/// </remarks>
internal static unsafe class Remote
{
    /// <summary>Has the processor of a thread that became ready there decide anew who runs, if that changes something.</summary>
    public static void Tell(Tcb* thread)
    {
        KernelState* home = thread->Home;
        if (home->Current == null || home->Current->Priority < thread->Priority)
            ProcessorOf(home)->Reschedule();
    }

    /// <summary>Makes sure that no other processor runs a thread until the lock is given away, and that all that there is of it is in its TCB.</summary>
    public static void Stall(KernelState* kernel, Tcb* thread)
    {
        KernelState* home = thread->Home;
        if (home == kernel || home->Current != thread)
            return;
        LetGo(ProcessorOf(home));
        if (thread->State == ThreadState.Running)
            thread->State = ThreadState.Restart;
        PriorityScheduler.Withdraw(thread);
    }

    /// <summary>Has all other processors forget an address space; they load it anew, if it is still their threads'.</summary>
    public static void LeaveSpace(ulong* root)
    {
        for (uint i = 0; i < Processors.Count; i++)
        {
            ProcessorState* other = ProcessorState.Of(i);
            if (other != ProcessorState.Own && other->HasLoaded(root))
                LetGo(other);
        }
    }

    /// <summary>Has all other processors forget whatever address space they have loaded.</summary>
    public static void LeaveSpaces()
    {
        for (uint i = 0; i < Processors.Count; i++)
        {
            ProcessorState* other = ProcessorState.Of(i);
            if (other != ProcessorState.Own && other->HasLoadedAny)
                LetGo(other);
        }
    }

    private static ProcessorState* ProcessorOf(KernelState* home) => (ProcessorState*)home->MachineData;

    private static void LetGo(ProcessorState* other)
    {
        other->IsAsked = true;
        LocalApic.Send((byte)LocalApic.RescheduleVector, other->ApicNumber);
        while (other->IsAsked)
        {
        }
    }
}
